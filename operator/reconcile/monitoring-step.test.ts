import { definitionName, optionalKinds } from '@chatstack/stack/plan/optional-kinds.ts';
import { planStack } from '@chatstack/stack/plan/plan-stack.ts';
import { describeWithApiServer } from '@chatstack/test/engines/api-server.ts';
import { afterEach, expect, test } from '@jest/globals';
import type { KubernetesObject } from '../runtime/object.ts';
import { builtIn } from '../runtime/resource.ts';
import { chatStackResource, optionalResource } from './child-kinds.ts';
import { ownPlanner, type Planner } from './planner.ts';
import { upgradeAnnotation } from './stack-record.ts';
import { conditionOf, openTestCluster, type TestCluster } from './testing/test-cluster.ts';

/** A version that could not measure stacks. */
const former: Planner = {
  ...ownPlanner,
  version: '0.0.1',
  plan: (input) => {
    const { prometheus, grafana } = input.spec.monitoring;
    const monitoring = {
      ...input.spec.monitoring,
      prometheus: { ...prometheus, mode: 'None' as const },
      grafana: { ...grafana, mode: 'None' as const },
    };
    return planStack({ ...input, spec: { ...input.spec, monitoring } });
  },
};

const anySchema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };

/** The definition of a kind of the prometheus-operator, without what its fields are. */
const definitionOf = ({ kind, plural, apiVersion }: (typeof optionalKinds)['podMonitor' | 'prometheusRule']) => {
  const [group = '', version = ''] = apiVersion.split('/');
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: definitionName({ apiVersion, plural }) },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, plural },
      versions: [{ name: version, served: true, storage: true, schema: anySchema }],
    },
  } satisfies KubernetesObject;
};

describeWithApiServer('what measures a stack', (server) => {
  let cluster: TestCluster;
  afterEach(() => cluster.close());

  const isThere = async (resource: typeof builtIn.deployment, name: string) =>
    (await cluster.list(resource)).some(({ metadata }) => metadata.name === name);

  test('is not waited for: the chat is Ready while nothing of it is', async () => {
    cluster = await openTestCluster(server(), 'unmeasured');
    for (const name of ['exporters', 'prometheus', 'grafana']) cluster.play.stuck.add(`acme-${name}`);
    const ready = await cluster.makeReady('acme');
    expect(conditionOf(ready, 'Degraded')?.status).toBe('False');
    const stack = await cluster.awaitCondition('acme', 'MonitoringReady', 'False', 'RollingOut');
    expect(conditionOf(stack, 'Ready')?.status).toBe('True');
    const secret = await cluster.get(builtIn.secret, 'acme-monitoring');
    expect(Object.keys(secret.data as object).sort()).toEqual(['grafana-password', 'monitor-password']);
    expect(secret.metadata.ownerReferences?.[0]?.uid).toBe(stack.metadata.uid);
  }, 60_000);

  test('goes when it is no longer wanted, but for its samples', async () => {
    cluster = await openTestCluster(server(), 'no-longer');
    await cluster.makeReady('acme');
    await cluster.awaitCondition('acme', 'MonitoringReady', 'True', 'AsPlanned');
    await cluster.applyStack('acme', { monitoring: { prometheus: { mode: 'None' } } });
    await cluster.awaitAbsence(builtIn.deployment, 'acme-prometheus');
    await cluster.awaitAbsence(builtIn.roleBinding, 'acme-prometheus');
    await cluster.awaitAbsence(builtIn.deployment, 'acme-exporters');
    await cluster.awaitCondition('acme', 'MonitoringReady', 'True', 'NotAskedFor');
    expect(await isThere(builtIn.persistentVolumeClaim, 'acme-prometheus')).toBe(true);
  }, 60_000);

  test('is not added to a stack by an upgrade of the operator, but by whoever asks for a new plan', async () => {
    cluster = await openTestCluster(server(), 'measured-later');
    await cluster.stopOperator();
    cluster.startOperator({ planner: former });
    await cluster.makeReady('acme');
    await cluster.awaitQuiet(300);
    await cluster.stopOperator();
    const postgres = await cluster.get(builtIn.statefulSet, 'acme-postgres');
    cluster.startOperator();
    const kept = await cluster.awaitCondition('acme', 'UpToDate', 'False', 'NewerDefaults');
    await cluster.awaitQuiet(500);
    expect(conditionOf(kept, 'Ready')?.status).toBe('True');
    expect(conditionOf(kept, 'MonitoringReady')).toMatchObject({ status: 'True', reason: 'NotAskedFor' });
    expect((await cluster.get(builtIn.statefulSet, 'acme-postgres')).metadata.generation).toBe(
      postgres.metadata.generation,
    );
    expect(await isThere(builtIn.secret, 'acme-monitoring')).toBe(false);
    expect(await isThere(builtIn.deployment, 'acme-prometheus')).toBe(false);

    const annotations = { [upgradeAnnotation]: 'now' };
    await cluster.client.patch(chatStackResource, cluster.at(chatStackResource, 'acme').key, {
      metadata: { annotations },
    });
    await cluster.awaitObject(builtIn.deployment, 'acme-prometheus', () => true);
    await cluster.awaitCondition('acme', 'UpToDate', 'True');
    await cluster.awaitCondition('acme', 'MonitoringReady', 'True', 'AsPlanned');
  }, 60_000);

  test('is told to the prometheus-operator as soon as the cluster has its kinds; until then the condition says what to install', async () => {
    cluster = await openTestCluster(server(), 'operated');
    const ready = await cluster.makeReady('acme', { monitoring: { prometheus: { mode: 'Operator' } } });
    const lacking = await cluster.awaitCondition('acme', 'MonitoringReady', 'False', 'KindMissing');
    expect(conditionOf(lacking, 'MonitoringReady')?.message).toMatch(
      /spec\.monitoring\.prometheus\.mode: expected a cluster that serves PodMonitor.*Install the prometheus-operator: https/s,
    );
    expect(conditionOf(ready, 'Ready')?.status).toBe('True');
    expect(await isThere(builtIn.deployment, 'acme-exporters')).toBe(true);

    const kinds = [optionalKinds.podMonitor, optionalKinds.prometheusRule];
    for (const kind of kinds) await cluster.client.create(builtIn.customResourceDefinition, definitionOf(kind));
    await cluster.awaitCondition('acme', 'MonitoringReady', 'True', 'AsPlanned');
    const monitor = await cluster.get(optionalResource(optionalKinds.podMonitor), 'acme-service');
    expect(monitor.spec).toMatchObject({ podMetricsEndpoints: [{ port: 'metrics', interval: '15s' }] });
    const rules = await cluster.get(optionalResource(optionalKinds.prometheusRule), 'acme-rules');
    expect(JSON.stringify(rules.spec)).toContain('chatstack-objectives');
    for (const kind of kinds)
      await cluster.client.delete(builtIn.customResourceDefinition, { namespace: '', name: definitionName(kind) });
  }, 60_000);
});
