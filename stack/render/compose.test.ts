import { spawnSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { parseChatStackSpec } from '../api/chat-stack.ts';
import { defaultImages } from '../plan/images.ts';
import { composePlacement } from '../plan/placement.ts';
import { planStack } from '../plan/plan-stack.ts';
import type { StackPlan } from '../plan/stack-plan.ts';
import { renderCompose } from './compose.ts';

const planOf = (input: unknown): StackPlan => {
  const parsed = parseChatStackSpec(input);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  const placement = composePlacement();
  const planned = planStack({ name: 'acme', spec: parsed.spec, placement, images: defaultImages });
  if (!planned.ok) throw new Error(JSON.stringify(planned.faults));
  return planned.plan;
};

type Service = {
  readonly configs?: { source: string; target: string }[];
  readonly environment: Record<string, string>;
  readonly [field: string]: unknown;
};
type Compose = {
  readonly services: Record<string, Service>;
  readonly configs: Record<string, { content: string }>;
  readonly volumes?: Record<string, unknown>;
};
const renderParsed = (plan: StackPlan): Compose => parse(renderCompose(plan)) as Compose;

const external = {
  postgres: { mode: 'External', external: { host: 'db.example.com', database: 'chat', secretRef: { name: 'db' } } },
};
const hasCompose = spawnSync('docker', ['compose', 'version']).status === 0;
const describeWithCompose = hasCompose ? describe : describe.skip;

describe('the compose file', () => {
  test('holds the chat and what measures it, each confined, on the loopback address and as a user of its own', () => {
    const { services } = renderParsed(planOf({}));
    expect(Object.keys(services)).toEqual([
      ...['postgres', 'pgbouncer', 'redis', 'migrate', 'fixtures', 'service'],
      ...['pgbouncer-exporter', 'postgres-exporter', 'redis-exporter', 'prometheus', 'grafana', 'loki', 'alloy'],
    ]);
    for (const [name, service] of Object.entries(services)) {
      expect(service).toMatchObject({ cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
      // Docker's socket, by which lines are read, is root's.
      expect(service.user).toMatch(name === 'alloy' ? /^0:0$/ : /^[1-9]\d*:[1-9]\d*$/);
      expect(service.deploy).toMatchObject({ resources: { limits: { memory: expect.stringMatching(/^\d+$/) } } });
      for (const port of (service.ports ?? []) as string[]) expect(port).toMatch(/^127\.0\.0\.1:/);
    }
  });

  test('carries the very files of the plan', () => {
    const plan = planOf({});
    const { services, configs } = renderParsed(plan);
    for (const program of ['pgbouncer', 'redis'] as const)
      for (const { source, target } of services[program]?.configs ?? []) {
        const name = target.slice(target.lastIndexOf('/') + 1);
        expect(configs[source]?.content.replaceAll('$$', '$')).toBe(plan[program].files[name]);
      }
    expect(services.service?.environment.DATABASE_URL).toBe('postgresql://pgbouncer:6432/chatstack');
    expect(services.migrate?.environment.DATABASE_URL_DIRECT).toBe('postgresql://postgres:5432/chatstack');
  });

  test('with an external Postgres has none of its own and insists on the login', () => {
    const { services, volumes } = renderParsed(planOf(external));
    expect(services.postgres).toBeUndefined();
    expect(volumes).toEqual({ prometheus: {}, loki: {} });
    expect(services.migrate?.environment.PGPASSWORD).toContain('CHATSTACK_DATABASE_PASSWORD:?');
  });
});

test('a variable whose value is in a Secret is asked for by a name that tells which', () => {
  const env = [{ name: 'JWT_SECRET', valueFrom: { secretKeyRef: { name: 'my.auth', key: 'jwt-secret' } } }];
  for (const spec of [{ service: { env } }, { ...external, service: { env } }]) {
    expect(renderParsed(planOf(spec)).services.service?.environment.JWT_SECRET).toBe(
      `\${CHATSTACK_MY_AUTH_JWT_SECRET:?is to hold the key jwt-secret of the Secret my.auth}`,
    );
  }
});

describeWithCompose('docker compose itself', () => {
  const config = (plan: StackPlan, env: Record<string, string>) =>
    spawnSync('docker', ['compose', '--file', '-', '--profile', 'logs', 'config', '--format', 'json'], {
      input: renderCompose(plan),
      env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
      encoding: 'utf8',
    });

  test('accepts the file, and every dollar sign of the scripts arrives', () => {
    const plan = planOf({ service: { env: [{ name: 'PRICE', value: '$5 $HOME $$' }] } });
    const { status, stdout, stderr } = config(plan, { CHATSTACK_SERVICE_PASSWORD: 'chosen' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    // What compose prints could be read by it again, so its dollars are doubled as ours are.
    const printed = JSON.parse(stdout.replaceAll('$$', '$')) as Compose;
    expect(printed.services.service?.environment.PRICE).toBe('$5 $HOME $$');
    expect(printed.services.service?.environment.PGPASSWORD).toBe('chosen');
    expect(printed.services.alloy?.environment).toMatchObject({ PROJECT: 'chatstack-acme', STACK: 'acme' });
    expect(printed.services.grafana).toBeUndefined();
    expect(printed.configs['redis-start.sh']?.content).toBe(plan.redis.files['start.sh']);
    expect(printed.configs['pgbouncer-start.sh']?.content).toBe(plan.pgbouncer.files['start.sh']);
  });

  test('refuses an external Postgres without its login, by the name of the variable', () => {
    expect(config(planOf(external), {}).stderr).toMatch(/CHATSTACK_DATABASE_(USERNAME|PASSWORD)/);
    const login = { CHATSTACK_DATABASE_USERNAME: 'chat', CHATSTACK_DATABASE_PASSWORD: 'p' };
    expect(config(planOf(external), login).stderr).toBe('');
  });
});
