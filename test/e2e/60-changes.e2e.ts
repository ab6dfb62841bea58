import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { readContext, stackNamespace } from './context.ts';
import { conditionOf, type KubernetesObject } from './kubectl.ts';
import {
  clientOf,
  ensureStack,
  installFixtures,
  selectorOf,
  waitForPods,
  waitForReady,
  waitForStack,
} from './stack.ts';
import { tell } from './tell.ts';
import { waitUntil } from './watch.ts';

const context = readContext();
const namespace = stackNamespace(context);
const service = `${context.stackName}-service`;
const deployments = { namespace, resource: 'deployments', name: service };

beforeAll(async () => {
  await ensureStack(context);
  await installFixtures(context);
});
beforeEach(async () => {
  await ensureStack(context);
});

const patchSpec = (spec: object) => namespace.patch('chatstack', context.stackName, { spec });
const replicasOf = async () => (await namespace.get('deployment', service)).spec.replicas as number;

describe('scaling', () => {
  test('adds and removes service pods', async () => {
    const usual = await replicasOf();
    const other = usual === 1 ? 2 : usual - 1;
    await patchSpec({ service: { replicas: other } });
    await waitForReady(context);
    await waitForPods(context, 'service', other);
    await patchSpec({ service: { replicas: usual } });
    await waitForReady(context);
    await waitForPods(context, 'service', usual);
  });
});

describe('a hand edit', () => {
  test('of a child is repaired', async () => {
    const container = (image: string) => [
      { op: 'replace', path: '/spec/template/spec/containers/0/image', value: image },
    ];
    const patch = JSON.stringify(container('example.org/wrong:1'));
    await namespace.kubectl(['patch', 'deployment', service, '--type=json', '-p', patch]);
    const right = ([deployment]: KubernetesObject[]) =>
      deployment?.spec.template.spec.containers[0].image === context.serviceImage;
    await waitUntil('the image to be put right', deployments, right);
    await waitForReady(context);
  });

  test('that deletes a child is repaired', async () => {
    const { metadata } = await namespace.get('configmap', `${context.stackName}-pgbouncer`);
    await namespace.kubectl(['delete', 'configmap', metadata.name]);
    const target = { namespace, resource: 'configmaps', name: metadata.name };
    const again = ([found]: KubernetesObject[]) => found !== undefined && found.metadata.uid !== metadata.uid;
    await waitUntil('the ConfigMap to be made again', target, again);
    await waitForReady(context);
  });
});

describe('a suspended stack', () => {
  test('keeps serving and is left alone until it is resumed', async () => {
    const usual = await replicasOf();
    const other = usual + 1;
    await patchSpec({ suspend: true, service: { replicas: other } });
    const isSuspended = (stack: KubernetesObject) => JSON.stringify(stack.status.conditions).includes('Suspended');
    await waitForStack(context, 'a condition that says Suspended', isSuspended);
    await namespace.kubectl(['annotate', 'deployment', service, 'e2e.example.org/touched=yes']); // an event to act upon
    expect(await replicasOf()).toBe(usual);
    expect((await clientOf(context).history({ conversationId: 'conv-1' })).messages.length).toBeGreaterThan(0);

    await patchSpec({ suspend: false });
    await waitUntil('the replicas to follow', deployments, ([found]) => found?.spec.replicas === other);
    await waitForReady(context);
  });
});

describe('another image', () => {
  test('is migrated to first, and then rolled out without a failed request', async () => {
    const jobs = async () => namespace.list('jobs', selectorOf(context, 'migration'));
    const before = new Set((await jobs()).map(({ metadata }) => metadata.name));
    const reading = readOnAndOn();
    try {
      await patchSpec({ service: { image: context.otherServiceImage } });
      const image = ([found]: KubernetesObject[]) =>
        found?.spec.template.spec.containers[0].image === context.otherServiceImage;
      const [rolled] = await waitUntil('the Deployment to take the image', deployments, image);
      const migration = (await jobs()).find(({ metadata }) => !before.has(metadata.name));
      expect([migration?.metadata.name, conditionOf(migration, 'Complete')?.status]).toEqual([
        expect.any(String),
        'True',
      ]);
      expect(migration?.spec.template.spec.containers[0].image).toBe(context.otherServiceImage);
      await waitForReady(context);
      await waitForPods(context, 'service', rolled?.spec.replicas as number);
      const pods = await namespace.list('pods', selectorOf(context, 'service'));
      for (const pod of pods) {
        expect(pod.spec.containers[0].image).toBe(context.otherServiceImage);
        expect(Date.parse(pod.metadata.creationTimestamp)).toBeGreaterThanOrEqual(
          Date.parse(migration?.status.completionTime),
        );
      }
    } finally {
      const { count, failures } = await reading.stop();
      tell(`${count} reads during the roll-out, ${failures.length} failed`);
      expect(failures).toEqual([]);
      expect(count).toBeGreaterThan(5);
    }
  });
});

/** Reads the conversation again and again, without retries, until it is stopped. */
function readOnAndOn(): { stop: () => Promise<{ count: number; failures: string[] }> } {
  const client = clientOf(context);
  const result = { count: 0, failures: [] as string[] };
  let running = true;
  const loop = (async () => {
    while (running) {
      result.count += 1;
      await client
        .history({ conversationId: 'conv-1', limit: 10 })
        .catch((error: Error) => result.failures.push(error.message));
    }
  })();
  return {
    async stop() {
      running = false;
      await loop;
      return result;
    },
  };
}
