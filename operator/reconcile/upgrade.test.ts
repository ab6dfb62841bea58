import { planStack } from '@chatstack/stack/plan/plan-stack.ts';
import type { StackPlan } from '@chatstack/stack/plan/stack-plan.ts';
import { renderKubernetes } from '@chatstack/stack/render/kubernetes/render-kubernetes.ts';
import { describeWithApiServer } from '@chatstack/test/engines/api-server.ts';
import { afterEach, expect, test } from '@jest/globals';
import { builtIn } from '../runtime/resource.ts';
import { chatStackResource } from './child-kinds.ts';
import { ownPlanner, type Planner } from './planner.ts';
import { upgradeAnnotation } from './stack-record.ts';
import { conditionOf, imageOf, openTestCluster, type TestCluster } from './testing/test-cluster.ts';

const newerImage = 'elsewhere/redis:99';

/** As a later release would: another default image, more memory, another start script, another label on every object. */
const newer: Planner = {
  version: '99.0.0',
  plan: (input) => {
    const planned = planStack({ ...input, images: { ...input.images, redis: newerImage } });
    return planned.ok ? { ...planned, plan: renew(planned.plan) } : planned;
  },
  render: (plan, options) => {
    const objects = renderKubernetes(plan, options);
    const mark = <Each extends (typeof objects.data)[number]>(each: Each): Each => ({
      ...each,
      metadata: { ...each.metadata, labels: { ...each.metadata.labels, newer: 'yes' } },
    });
    return { ...objects, data: objects.data.map(mark), service: objects.service.map(mark) };
  },
};

function renew(plan: StackPlan): StackPlan {
  const { pgbouncer, service } = plan;
  const script = `${pgbouncer.files['start.sh']}# newer\n`;
  return {
    ...plan,
    pgbouncer: { ...pgbouncer, files: { ...pgbouncer.files, 'start.sh': script }, restartHash: 'newer' },
    service: { ...service, resources: { ...service.resources, limits: { memory: '2Gi' } } },
  };
}

/** A later release with a rule that the stored spec breaks. */
const stricter: Planner = {
  ...ownPlanner,
  version: '99.0.0',
  plan: () => ({
    ok: false,
    faults: [{ path: 'spec.size', expected: 'huge', found: 'small', remedy: 'set it to huge' }],
  }),
};

describeWithApiServer('an operator of another version', (server) => {
  let cluster: TestCluster;

  /** A Ready stack of this version, and then an operator of another one. */
  async function exchangeOperator(namespace: string, planner: Planner): Promise<void> {
    cluster = await openTestCluster(server(), namespace);
    await cluster.makeReady('kept');
    await cluster.awaitQuiet(300);
    await cluster.stopOperator();
    cluster.startOperator({ planner });
  }
  afterEach(() => cluster.close());

  const listWorkloads = async () =>
    [...(await cluster.list(builtIn.deployment)), ...(await cluster.list(builtIn.statefulSet))].map(
      ({ metadata: { name, uid, generation } }) => ({ name, uid, generation }),
    );

  test('changes nothing by itself, says what it would, and keeps the stack Ready', async () => {
    cluster = await openTestCluster(server(), 'newer');
    await cluster.makeReady('kept');
    await cluster.awaitQuiet(300);
    const before = await listWorkloads();
    await cluster.stopOperator();
    cluster.startOperator({ planner: newer });
    const stack = await cluster.awaitCondition('kept', 'UpToDate', 'False', 'NewerDefaults');
    await cluster.awaitQuiet(500);
    expect(await listWorkloads()).toEqual(before);
    expect((await cluster.get(builtIn.configMap, 'kept-pgbouncer')).data).not.toMatchObject({
      'start.sh': expect.stringContaining('# newer'),
    });
    expect(conditionOf(stack, 'Ready')?.status).toBe('True');
    expect(conditionOf(stack, 'UpToDate')?.message).toMatch(
      /99\.0\.0 would change .*Deployment kept-redis.*chatstack upgrade kept.*kubectl annotate/,
    );
  });

  test('goes on with the former plan, which it reads once: what is edited or deleted by hand comes back as it was', async () => {
    await exchangeOperator('newer-repairs', newer);
    await cluster.awaitCondition('kept', 'UpToDate', 'False');
    await cluster.awaitQuiet(300);
    cluster.requests.length = 0;
    const image = imageOf(await cluster.get(builtIn.deployment, 'kept-redis'));
    const edit = { spec: { template: { spec: { containers: [{ name: 'redis', image: 'edited:1' }] } } } };
    await cluster.client.patch(builtIn.deployment, { namespace: cluster.namespace, name: 'kept-redis' }, edit);
    await cluster.client.delete(builtIn.configMap, { namespace: cluster.namespace, name: 'kept-pgbouncer' });
    await cluster.awaitObject(builtIn.deployment, 'kept-redis', (each) => (each.metadata.generation ?? 0) >= 3);
    const made = await cluster.awaitObject(builtIn.configMap, 'kept-pgbouncer', () => true);
    expect(imageOf(await cluster.get(builtIn.deployment, 'kept-redis'))).toBe(image);
    expect(JSON.stringify(made.data)).not.toContain('# newer');
    expect(cluster.requests).not.toContain('GET');
  });

  test.each([
    ['a changed spec', () => cluster.applyStack('kept', { pgbouncer: { poolSize: 7 } })],
    [
      'the upgrade annotation',
      () =>
        cluster.client.patch(
          chatStackResource,
          { namespace: cluster.namespace, name: 'kept' },
          { metadata: { annotations: { [upgradeAnnotation]: 'now' } } },
        ),
    ],
  ])('takes what is new with %s', async (what, ask) => {
    await exchangeOperator(what.includes('spec') ? 'newer-spec' : 'newer-asked', newer);
    await cluster.awaitCondition('kept', 'UpToDate', 'False');
    await ask();
    await cluster.awaitObject(builtIn.deployment, 'kept-redis', (each) => imageOf(each) === newerImage);
    await cluster.awaitCondition('kept', 'UpToDate', 'True');
    await cluster.awaitCondition('kept', 'Ready', 'True');
    expect((await cluster.get(builtIn.configMap, 'kept-pgbouncer')).data).toMatchObject({
      'start.sh': expect.stringContaining('# newer'),
    });
  });

  test('takes what is new with other passwords, which roll the pods anyway', async () => {
    await exchangeOperator('newer-passwords', newer);
    await cluster.awaitCondition('kept', 'UpToDate', 'False');
    await cluster.client.delete(builtIn.secret, { namespace: cluster.namespace, name: 'kept-credentials' });
    await cluster.awaitObject(builtIn.deployment, 'kept-redis', (each) => imageOf(each) === newerImage);
    await cluster.awaitCondition('kept', 'UpToDate', 'True');
  });

  test('that would refuse the stored spec keeps the stack as it is and says why', async () => {
    await exchangeOperator('stricter', stricter);
    const stack = await cluster.awaitCondition('kept', 'UpToDate', 'False', 'WouldBeRefused');
    expect(conditionOf(stack, 'UpToDate')?.message).toContain('set it to huge');
    expect(conditionOf(stack, 'Ready')?.status).toBe('True');
    await cluster.applyStack('kept', { pgbouncer: { poolSize: 7 } });
    await cluster.awaitCondition('kept', 'Ready', 'False', 'PlanRefused');
  });

  test('that is older leaves a stack of a newer one alone, whatever is asked of it, and says so', async () => {
    cluster = await openTestCluster(server(), 'older');
    await cluster.makeReady('kept');
    await cluster.stopOperator();
    cluster.startOperator({ planner: newer });
    await cluster.applyStack('kept', { pgbouncer: { poolSize: 7 } });
    await cluster.awaitObject(builtIn.deployment, 'kept-redis', (each) => imageOf(each) === newerImage);
    await cluster.awaitCondition('kept', 'Ready', 'True');
    await cluster.stopOperator();
    const before = await listWorkloads();

    cluster.startOperator();
    await cluster.applyStack('kept', { pgbouncer: { poolSize: 8 } });
    const stack = await cluster.awaitCondition('kept', 'Degraded', 'True', 'PlannedByNewerOperator');
    await cluster.awaitQuiet(300);
    expect(await listWorkloads()).toEqual(before);
    expect(conditionOf(stack, 'Ready')?.message).toMatch(/expected 99\.0 or newer.*ConfigMap kept-plan/s);
  });
});
