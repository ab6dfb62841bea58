import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { parseChatStackSpec } from '@chatstack/stack/api/chat-stack.ts';
import { type ApiServer, describeWithApiServer } from '@chatstack/test/engines/api-server.ts';
import { findProgram } from '@chatstack/test/engines/programs.ts';
import { runPromtool } from '@chatstack/test/engines/promtool.ts';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse, parseAllDocuments } from 'yaml';
import { readOperatorConfig } from '../config/operator-config.ts';
import type { ReloadOutcome } from '../pgbouncer-admin/reload-until-equal.ts';
import { configAnnotation } from '../reconcile/child-kinds.ts';
import { openTestCluster, type TestCluster } from '../reconcile/testing/test-cluster.ts';
import { builtIn } from '../runtime/resource.ts';

const chart = new URL('../../charts/chatstack-operator/', import.meta.url).pathname;
const helm = findProgram('helm');

interface Rule {
  apiGroups: string[];
  resources: string[];
  verbs: string[];
}

interface Rendered {
  kind: string;
  metadata: { name: string; namespace?: string };
  rules?: Rule[];
  // biome-ignore lint/suspicious/noExplicitAny: manifests of many kinds, read by path
  spec?: any;
}

function runHelm(...args: readonly string[]): string {
  return execFileSync(helm ?? 'helm', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

function template(...settings: readonly string[]): Rendered[] {
  const options = settings.flatMap((setting) => ['--set', setting]);
  const text = runHelm('template', 'chat', chart, '--namespace', 'operators', ...options);
  return [...parseAllDocuments(text)].map((document) => document.toJS()).filter((each) => each !== null);
}

const one = (manifests: readonly Rendered[], kind: string): Rendered => {
  const found = manifests.filter((each) => each.kind === kind);
  if (found.length !== 1) throw new Error(`expected one ${kind}, found ${found.length}`);
  return found[0] as Rendered;
};

const withHelm = helm ? describe : describe.skip;

withHelm('the Helm chart', () => {
  test('helm lint finds nothing, strictly', () => {
    expect(runHelm('lint', '--strict', chart)).toContain('0 chart(s) failed');
  });

  test('it watches every namespace with a ClusterRole, or one with a Role in it', () => {
    const everywhere = template();
    const clusterRoles = (manifests: readonly Rendered[]) =>
      manifests.filter((each) => each.kind === 'ClusterRole').map((each) => each.metadata.name);
    const definitions = 'chat-chatstack-operator-definitions';
    expect(clusterRoles(everywhere)).toEqual(['chat-chatstack-operator', definitions]);
    expect(everywhere.map((each) => each.kind)).not.toContain('Role');
    const scoped = template('watch.namespace=chat');
    expect(one(scoped, 'Role').metadata.namespace).toBe('chat');
    expect(clusterRoles(scoped)).toEqual([definitions]);
    expect(one(scoped, 'Role').rules).toEqual(
      (everywhere.find((each) => each.kind === 'ClusterRole') as Rendered).rules,
    );
  });

  test('the rights hold no wildcard, nothing that widens rights, and no way to delete data or passwords', () => {
    const rules = template('replicas=2').flatMap((each) => each.rules ?? []);
    for (const { apiGroups, resources, verbs } of rules) {
      for (const text of [...apiGroups, ...resources, ...verbs]) expect(text).not.toContain('*');
      for (const verb of ['escalate', 'bind', 'impersonate', 'deletecollection']) expect(verbs).not.toContain(verb);
      if (resources.some((each) => ['secrets', 'persistentvolumeclaims'].includes(each)))
        expect(verbs).not.toContain('delete');
    }
  });

  test('leases are asked for only by replicas that elect', () => {
    const leases = (manifests: Rendered[]) =>
      manifests.flatMap((each) => each.rules ?? []).filter((each) => each.resources.includes('leases'));
    expect(leases(template())).toEqual([]);
    expect(leases(template('replicas=2'))).toHaveLength(2);
    expect(one(template(), 'Deployment').spec.strategy.type).toBe('Recreate');
  });

  test('whoever reads its metrics is let in from anywhere, and finds every replica by itself', () => {
    const manifests = template('replicas=2');
    const { podSelector, ingress } = one(manifests, 'NetworkPolicy').spec;
    expect(ingress).toEqual([{ ports: [{ port: 'metrics', protocol: 'TCP' }] }]);
    const { template: pod } = one(manifests, 'Deployment').spec;
    const [{ ports }] = pod.spec.containers;
    expect(ports).toEqual([{ name: 'metrics', containerPort: 9464, protocol: 'TCP' }]);
    const services = manifests.filter(({ kind }) => kind === 'Service');
    const described = services.map(({ metadata: { name }, spec }) => [name, spec.clusterIP, spec.ports[0].targetPort]);
    expect(described).toEqual([
      ['chat-chatstack-operator-metrics', undefined, 'metrics'],
      ['chat-chatstack-operator-pods', 'None', 'metrics'],
    ]);
    for (const selected of [podSelector.matchLabels, ...services.map(({ spec }) => spec.selector)])
      expect(pod.metadata.labels).toMatchObject(selected);
  });

  test('for the prometheus-operator it brings a monitor of every replica and the alerts on itself, where they are asked for', async () => {
    const usual = template();
    expect(usual.filter(({ kind }) => ['PodMonitor', 'PrometheusRule'].includes(kind))).toEqual([]);
    const release = ['podMonitor', 'prometheusRule'].flatMap((each) => [
      `metrics.${each}.enabled=true`,
      `metrics.${each}.labels.release=prometheus`,
    ]);
    const asked = template(...release);
    const [monitor, rules] = [one(asked, 'PodMonitor'), one(asked, 'PrometheusRule')];
    for (const { metadata } of [monitor, rules]) expect(metadata).toMatchObject({ labels: { release: 'prometheus' } });
    const { metadata, spec } = one(asked, 'Deployment').spec.template;
    expect(metadata.labels).toMatchObject(monitor.spec.selector.matchLabels);
    const [endpoint] = monitor.spec.podMetricsEndpoints;
    expect(spec.containers[0].ports).toContainEqual(expect.objectContaining({ name: endpoint.port }));
    expect(endpoint.honorLabels).toBe(true);
    const job = endpoint.relabelings.find(({ targetLabel }: { targetLabel?: string }) => targetLabel === 'job');
    const alerts = rules.spec.groups.flatMap((group: { rules: { expr: string }[] }) => group.rules);
    expect(alerts.length).toBeGreaterThan(3);
    for (const { expr } of alerts) expect(expr).toContain(`job="${job.replacement}"`);
    const check = ['check', 'rules', '--lint=all', '--lint-fatal', 'rules.yml'];
    expect(await runPromtool(check, { 'rules.yml': rules.spec })).toBe('');
  });

  test('the pod passes Pod Security "restricted" and writes to no file', () => {
    const { securityContext, containers } = one(template(), 'Deployment').spec.template.spec;
    expect(securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
    expect(containers[0].securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
  });

  test.each([
    [
      'the defaults',
      [],
      { watchNamespace: undefined, development: false, serviceImage: undefined, leaderElectionLease: undefined },
    ],
    [
      'every value',
      [
        'watch.namespace=chat',
        'development=true',
        'service.image=mine:1',
        'replicas=2',
        'workers=8',
        'logLevel=debug',
        'metrics.port=9999',
      ],
      {
        watchNamespace: 'chat',
        development: true,
        serviceImage: 'mine:1',
        leaderElectionLease: 'chat-chatstack-operator',
        workers: 8,
        logLevel: 'debug',
        metricsPort: 9999,
      },
    ],
  ])('the operator understands the environment that %s give it', (_, settings, expected) => {
    const [container] = one(template(...settings), 'Deployment').spec.template.spec.containers;
    const environment = Object.fromEntries(
      container.env.map((each: { name: string; value: string }) => [each.name, each.value]),
    );
    expect(readOperatorConfig(environment)).toMatchObject(expected);
  });

  test('an image is named by tag or, over it, by digest', () => {
    const image = (...settings: string[]) =>
      one(template(...settings), 'Deployment').spec.template.spec.containers[0].image;
    const { appVersion } = parse(readFileSync(`${chart}Chart.yaml`, 'utf8'));
    expect(image()).toBe(`ghcr.io/chatstack/operator:${appVersion}`);
    expect(image('image.tag=next')).toBe('ghcr.io/chatstack/operator:next');
    const digest = `sha256:${'a'.repeat(64)}`;
    expect(image('image.tag=next', `image.digest=${digest}`)).toBe(`ghcr.io/chatstack/operator@${digest}`);
  });

  test.each([
    ['an unknown value', 'watchNamespace=chat', /watchNamespace/],
    ['a misspelt log level', 'logLevel=loud', /logLevel/],
    ['a privileged port', 'metrics.port=80', /port/],
    ['an impossible namespace', 'watch.namespace=Not_One', /namespace/],
    ['text for a switch', 'development=perhaps', /development/],
    ['an interval that is none', 'metrics.podMonitor.interval=often', /interval/],
    ['a quantity that is none', 'resources.limits.memory=much', /memory/],
  ])('%s is refused by the schema', (_, setting, message) => {
    expect(() => template(setting)).toThrow(message);
  });

  test('the notes end with commands that fit the values', () => {
    const notes = runHelm(
      'install',
      'chat',
      chart,
      '--namespace',
      'operators',
      '--dry-run=client',
      '--set',
      'watch.namespace=rooms',
    );
    expect(notes).toContain('kubectl --namespace operators rollout status deployment/chat-chatstack-operator');
    expect(notes).toContain('kubectl --namespace rooms wait --for=condition=Ready chatstack/acme');
  });
});

describe('example stacks', () => {
  test.each(['empty', 'small', 'large', 'external'])('examples/%s.yaml is valid', (name) => {
    const text = readFileSync(new URL(`../../examples/${name}.yaml`, import.meta.url), 'utf8');
    expect(parseChatStackSpec(parse(text).spec)).toMatchObject({ ok: true });
  });
});

/** Counted as skipped, by name, where helm or the API server is missing. */
const withHelmAndServer: typeof describeWithApiServer = helm
  ? describeWithApiServer
  : (name, tests) => withHelm(name, () => tests(() => neverRuns()));

function neverRuns(): never {
  throw new Error('expected these tests to be skipped without helm');
}

withHelmAndServer('the rights of the chart, and no others', (server) => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await openWithRights(server());
  });
  afterAll(() => cluster.close());

  test('are enough to make, resize, move and suspend a stack', async () => {
    await cluster.applyStack('entitled', {});
    await cluster.awaitCondition('entitled', 'Ready', 'True');
    await cluster.addPod('entitled', 'pgbouncer', 'entitled-pgbouncer-1');
    await cluster.applyStack('entitled', { deletionPolicy: 'Delete', pgbouncer: { poolSize: 12 } });
    await cluster.awaitCondition('entitled', 'Ready', 'True');
    for (const version of [1, 2, 3, 4, 5]) {
      await cluster.applyStack('entitled', { service: { image: `elsewhere/service:${version}` } });
      await cluster.awaitCondition('entitled', 'Ready', 'True');
    }
    await cluster.applyStack('entitled', { suspend: true });
    await cluster.awaitCondition('entitled', 'Progressing', 'False', 'Suspended');
    await cluster.awaitQuiet(300);
    expect((await cluster.list(builtIn.event)).length).toBeGreaterThan(0);
    expect((await cluster.get(builtIn.pod, 'entitled-pgbouncer-1')).metadata.annotations).toHaveProperty([
      configAnnotation,
    ]);
    expect(cluster.refused).toEqual([]);
  });
});

/** The operator as the chart's ServiceAccount, in the one namespace that it watches. */
async function openWithRights(server: ApiServer): Promise<TestCluster> {
  const rbac = runHelm(
    'template',
    'chat',
    chart,
    '-n',
    'operators',
    '--set',
    'watch.namespace=entitled',
    '-s',
    'templates/rbac.yaml',
  );
  const user = 'system:serviceaccount:operators:chat-chatstack-operator';
  return openTestCluster(server, 'entitled', {
    reload: reloadAtSecondLook(),
    user,
    prepare: () => server.kubectl(['apply', '-f', '-'], rbac),
  });
}

/** A pooler whose file is the former one at the first look. */
function reloadAtSecondLook(): () => Promise<ReloadOutcome> {
  let looks = 0;
  return async () => {
    looks += 1;
    return looks === 1 ? { kind: 'different', differences: [] } : { kind: 'equal', reloaded: true };
  };
}
