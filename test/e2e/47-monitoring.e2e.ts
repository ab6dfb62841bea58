import { beforeAll, expect, test } from '@jest/globals';
import { readContext, stackNamespace } from './context.ts';
import { conditionOf, type KubernetesObject } from './kubectl.ts';
import { clientOf, ensureStack, installFixtures, podsOf, replaceSpec, waitForReady, waitForStack } from './stack.ts';

const context = readContext();
const namespace = stackNamespace(context);
const { stackName } = context;

interface Target {
  readonly labels: Readonly<Record<string, string>>;
  readonly health: string;
  readonly lastError: string;
}

interface Rule {
  readonly name: string;
  readonly health: string;
  readonly lastError?: string;
}

/** Asks the stack's Prometheus, by way of a port that kubectl forwards: policies let nobody else in. */
async function ask<Answer>(path: string): Promise<Answer> {
  const url = `/api/v1/namespaces/${namespace.name}/services/${stackName}-prometheus:9090/proxy${path}`;
  const { stdout } = await namespace.kubectl(['get', '--raw', url]);
  return (JSON.parse(stdout) as { data: Answer }).data;
}

/** Asks again until the answer is as it should be, or says at the end how it was. */
async function askUntil<Answer>(path: string, holds: (answer: Answer) => boolean, seconds: number): Promise<Answer> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await ask<Answer>(path);
    if (holds(answer) || Date.now() > end) return answer;
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

const listTargets = (seconds: number, holds: (targets: readonly Target[]) => boolean): Promise<readonly Target[]> =>
  askUntil<{ activeTargets: Target[] }>(
    '/api/v1/targets?state=active',
    ({ activeTargets }) => holds(activeTargets),
    seconds,
  ).then(({ activeTargets }) => activeTargets);

const names = (pods: readonly KubernetesObject[]): string[] => pods.map(({ metadata }) => metadata.name);

beforeAll(async () => {
  await ensureStack(context);
  await installFixtures(context);
  await waitForStack(context, 'the stack to be measured', isMeasured, 120);
});

const isMeasured = (stack: KubernetesObject): boolean => conditionOf(stack, 'MonitoringReady')?.status === 'True';

test('everything is scraped, under the names of its pods', async () => {
  const exporters = names(await podsOf(context, 'exporters'));
  const expected = {
    'chatstack-service': names(await podsOf(context, 'service')),
    'chatstack-pgbouncer': names(await podsOf(context, 'pgbouncer')),
    'chatstack-postgres': exporters,
    'chatstack-redis': exporters,
  };
  const all = Object.values(expected).flat().length;
  const targets = await listTargets(90, (found) => found.length > all && found.every(({ health }) => health === 'up'));
  expect(targets.filter(({ health }) => health !== 'up')).toEqual([]);
  for (const [job, pods] of Object.entries(expected)) {
    const own = targets.filter(({ labels }) => labels.job === job);
    expect(own.map(({ labels }) => labels.instance).sort()).toEqual(pods.sort());
    for (const { labels } of own)
      expect(labels).toEqual({
        job,
        instance: labels.instance,
        namespace: namespace.name,
        stack: stackName,
        component: job.replace('chatstack-', ''),
      });
  }
  const [operator] = targets.filter(({ labels }) => labels.job === 'chatstack-operator');
  expect(operator?.labels).toEqual({
    job: 'chatstack-operator',
    instance: expect.any(String),
    component: 'operator',
  });
});

const own = `namespace="${namespace.name}",stack="${stackName}"`;

/** The first value that a query has, above 0 if there is one within a minute and a half. */
async function value(query: string): Promise<number> {
  const { result } = await askUntil<{ result: { value: [number, string] }[] }>(
    `/api/v1/query?query=${encodeURIComponent(query)}`,
    (answer) => answer.result.length > 0 && answer.result.every((each) => Number(each.value[1]) > 0),
    90,
  );
  return Number(result[0]?.value[1]);
}

test('every exporter reaches what it measures, and the statements of Postgres are among it', async () => {
  await clientOf(context).send({ conversationId: 'conv-1', content: 'Measured' });
  expect(await value(`pg_up{${own},component="postgres"}`)).toBe(1);
  expect(await value(`redis_up{${own},component="redis"}`)).toBe(1);
  expect(await value(`count(pgbouncer_up{${own},component="pgbouncer"} == 1)`)).toBe(2);
  expect(await value(`count(pg_stat_statements_calls_total{${own}})`)).toBeGreaterThan(0);
  expect(await value(`count(pg_stat_user_tables_n_live_tup{${own}})`)).toBeGreaterThan(0);
  expect(await value(`chatstack_pool_size_connections{${own}}`)).toBeGreaterThan(0);
  expect(await value(`count(pgbouncer_pools_client_active_connections{${own}})`)).toBeGreaterThan(0);
});

test('what the exporter may do is look: it is in no other role and opens no more than the budget has', async () => {
  const sql =
    "SELECT rolsuper, rolconnlimit, (SELECT string_agg(r.rolname, ',') FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid WHERE m.member = a.oid), " +
    "has_table_privilege('chatstack_monitor', 'message', 'select') FROM pg_roles a WHERE rolname = 'chatstack_monitor'";
  const command = `PGPASSWORD="$POSTGRES_PASSWORD" psql -X -h 127.0.0.1 -U postgres -d chatstack -Atc "${sql}"`;
  expect((await namespace.exec(`sts/${stackName}-postgres`, ['sh', '-c', command])).trim()).toBe('f|2|pg_monitor|f');
});

test('every rule is loaded and can be evaluated', async () => {
  const evaluated = (groups: readonly { rules: readonly Rule[] }[]) =>
    groups.flatMap(({ rules }) => rules).every(({ health }) => health !== 'unknown');
  const { groups } = await askUntil<{ groups: { name: string; rules: Rule[] }[] }>(
    '/api/v1/rules',
    (answer) => answer.groups.length > 0 && evaluated(answer.groups),
    120,
  );
  const rules = groups.flatMap((group) => group.rules);
  expect(rules.length).toBeGreaterThan(30);
  expect(rules.filter(({ health }) => health === 'err')).toEqual([]);
});

test('components that encrypt are measured, too, and an Alertmanager is told of alerts', async () => {
  const receivers = 'route: { receiver: nobody }\nreceivers: [{ name: nobody }]\n';
  await namespace.apply({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'receivers', namespace: namespace.name },
    stringData: { 'alertmanager.yml': receivers },
  });
  await replaceSpec(context, {
    tls: { mode: 'SelfSigned' },
    monitoring: {
      grafana: { mode: 'None' },
      alertmanager: { enabled: true, configSecretRef: { name: 'receivers', key: 'alertmanager.yml' } },
    },
  });
  await waitForReady(context, 240);
  await waitForStack(context, 'the stack to be measured', isMeasured, 120);
  const now = names(await podsOf(context, 'exporters'))[0];
  const poolers = names(await podsOf(context, 'pgbouncer')).join('|');
  expect(await value(`pg_up{${own},instance="${now}"}`)).toBe(1);
  expect(await value(`redis_up{${own},instance="${now}"}`)).toBe(1);
  expect(await value(`count(pgbouncer_up{${own},instance=~"${poolers}"} == 1) == 2`)).toBe(2);
  const { activeAlertmanagers } = await askUntil<{ activeAlertmanagers: { url: string }[] }>(
    '/api/v1/alertmanagers',
    (answer) => answer.activeAlertmanagers.length > 0,
    150,
  );
  expect(activeAlertmanagers).toEqual([{ url: expect.stringContaining(`${stackName}-alertmanager:9093`) }]);
}, 600_000);
