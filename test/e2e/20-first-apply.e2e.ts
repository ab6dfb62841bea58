import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readContext, stackNamespace } from './context.ts';
import { recordFigure } from './figures.ts';
import { conditionOf, inNamespace, kubectl } from './kubectl.ts';
import { buildStack, COMPONENTS, podsOf, prepareNamespace, selectorOf, waitForStack } from './stack.ts';
import { knock } from './stranger.ts';
import { tell } from './tell.ts';
import { buildTimeline, formatTimeline } from './timeline.ts';
import { type Watch, type WatchEvent, watchObjects } from './watch.ts';

const context = readContext();
const namespace = stackNamespace(context);
const { stackName } = context;

/** From apply to Ready, images loaded. Whether it is met is told and does not fail the run: it is the machine's as much as ours. */
const TARGET_SECONDS = 60;

const events: WatchEvent[] = [];
let watch: Watch;

beforeAll(async () => {
  await namespace.kubectl(['delete', 'namespace', namespace.name, '--ignore-not-found', '--timeout=180s']);
  await prepareNamespace(namespace);
  watch = watchObjects({ namespace, resource: 'pods', selector: selectorOf(context) }, (event) => events.push(event));
});
afterAll(() => watch?.stop());

describe('an empty spec', () => {
  test('becomes a Ready stack', async () => {
    const startedAt = Date.now();
    await namespace.apply(buildStack(stackName));
    await namespace.kubectl(['wait', '--for=condition=Ready', `chatstack/${stackName}`, '--timeout=180s']);
    const seconds = (Date.now() - startedAt) / 1000;
    tell(formatTimeline(buildTimeline(events, startedAt)));
    recordFigure(context.figuresFile, {
      what: 'apply of spec: {} to Ready, images loaded',
      target: `≤ ${TARGET_SECONDS} s`,
      measured: `${seconds.toFixed(1)} s`,
      met: seconds <= TARGET_SECONDS,
    });
  });

  test('has every component ready, and a status that says so', async () => {
    const stack = await namespace.get('chatstack', stackName);
    expect(stack.status.observedGeneration).toBe(stack.metadata.generation);
    for (const type of [
      'BudgetFits',
      'PostgresReady',
      'PgbouncerReady',
      'RedisReady',
      'MigrationComplete',
      'ServiceReady',
    ]) {
      expect([type, conditionOf(stack, type)?.status]).toEqual([type, 'True']);
    }
    for (const component of COMPONENTS) {
      const { length } = await podsOf(context, component);
      expect(length).toBeGreaterThan(0);
      // A busy machine may keep a pod from answering a probe for a moment.
      await waitForStack(context, `${length} ready pods of ${component} in the status`, ({ status }) =>
        status.components.some(
          ({ name, ready, desired }: { name: string; ready: number; desired: number }) =>
            name === component && ready === length && desired === length,
        ),
      );
    }
    expect(stack.status.connectionBudget.headroom).toBeGreaterThanOrEqual(0);
    expect(stack.status.endpoints.service).toContain(`${stackName}-service`);
  });

  test('prints its state in columns', async () => {
    const { stdout } = await namespace.kubectl(['get', 'chat', stackName]);
    const [header = '', row = ''] = stdout.split('\n');
    expect(header).toMatch(/^NAME +READY +REASON +SIZE +POOL +AGE/);
    expect(row).toMatch(/^acme +True +\S+ +small +\d+ +/);
  });

  test('passes Pod Security restricted: no pod was refused, none is warned about', async () => {
    const { stdout } = await namespace.kubectl(['get', 'events', '-o', 'jsonpath={.items[*].message}']);
    expect(stdout).not.toMatch(/PodSecurity|exceeded quota/);
    for (const name of [namespace.name, context.operatorNamespace]) {
      const label = 'pod-security.kubernetes.io/enforce=restricted';
      const { stderr } = await kubectl(['label', '--dry-run=server', '--overwrite', 'namespace', name, label]);
      expect(stderr).not.toContain('violate');
    }
  });

  test('asks for at most 1 CPU and 1.5 GiB in all', async () => {
    const quota = await namespace.get('resourcequota', 'size-small');
    const { used } = quota.status;
    recordFigure(context.figuresFile, {
      what: 'requests of size small, at rest',
      target: '≤ 1 CPU and 1536Mi',
      measured: `${used['requests.cpu']} CPU, ${used['requests.memory']}`,
      met: true, // the quota would have refused more
    });
    expect(Object.keys(used)).toEqual(expect.arrayContaining(['requests.cpu', 'requests.memory']));
  });

  test('owns its children, but neither the volume nor the credentials', async () => {
    const stack = await namespace.get('chatstack', stackName);
    const owners = async (resources: string) => {
      const objects = await namespace.list(resources, selectorOf(context));
      return objects.map(({ kind, metadata }) => [
        kind,
        metadata.name,
        metadata.ownerReferences?.map(({ uid }) => uid),
      ]);
    };
    const children = await owners(
      'deployments,statefulsets,services,configmaps,jobs,poddisruptionbudgets,networkpolicies',
    );
    expect(children.length).toBeGreaterThanOrEqual(10);
    for (const child of children) expect(child).toEqual([child[0], child[1], [stack.metadata.uid]]);
    const kept = await owners('persistentvolumeclaims,secrets');
    const outliving = kept.filter(([, , owned]) => owned === undefined);
    expect(outliving.map(([, name]) => name).sort()).toEqual(
      ['credentials', 'postgres', 'prometheus'].map((each) => `${stackName}-${each}`),
    );
  });

  test('tells its story in Events', async () => {
    const list = await namespace.kubectl([
      'get',
      'events',
      '--field-selector=involvedObject.kind=ChatStack',
      '-o',
      'json',
    ]);
    const told = JSON.parse(list.stdout).items as { type: string; reason: string; message: string }[];
    expect(told.length).toBeGreaterThan(0);
    expect(told.filter(({ message }) => message.trim() === '')).toEqual([]);
  });

  test('is reached by its name from inside of the cluster', async () => {
    const place = `${stackName}-service:3001`;
    expect(await knock(namespace, context.serviceImage, [place])).toEqual({ [place]: 'open' });
  });
});

test('the operator can not delete volumes, Secrets or nodes, raise its rights or run programs in pods', async () => {
  const account = `system:serviceaccount:${context.operatorNamespace}:chatstack-operator`;
  const can = (verb: string, resource: string) =>
    inNamespace('kube-system')
      .kubectl(['auth', 'can-i', verb, resource, '--as', account])
      .then(({ stdout }) => stdout.trim())
      .catch(() => 'no');
  expect(await can('delete', 'nodes')).toBe('no');
  expect(await can('escalate', 'clusterroles')).toBe('no');
  expect(await can('create', 'pods/exec')).toBe('no');
  expect(await can('delete', 'secrets')).toBe('no');
  expect(await can('delete', 'persistentvolumeclaims')).toBe('no');
});
