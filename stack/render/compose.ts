import { stringify } from 'yaml';
import { imageUsers } from '../plan/images.ts';
import { standardPorts } from '../plan/placement.ts';
import type { EnvironmentVariable, Files, Resources, SecretKey, StackPlan } from '../plan/stack-plan.ts';
import { quantity, toBytes, toMillicores } from '../quantity/quantity.ts';
import { fixturesCommand } from './fixtures-command.ts';

type Json = { readonly [name: string]: unknown };

/** Compose replaces `$NAME` in every value; a dollar that is meant is written twice. */
const literal = (text: string): string => text.replaceAll('$', '$$$$');

const variableName = (key: string): string => `CHATSTACK_${key.toUpperCase().replaceAll(/[-.]/g, '_')}`;

/** Passwords come from the caller's environment. Those of our own programs have a default that is known to everyone, for development. */
const secretValue = (plan: StackPlan, { name, key }: SecretKey): string => {
  if (name === plan.credentialsName) return `\${${variableName(key)}:-development}`;
  return plan.postgres.mode === 'External' && name === plan.postgres.secretName
    ? `\${${variableName(`database-${key}`)}:?is to hold the ${key} of the external Postgres}`
    : `\${${variableName(`${name}-${key}`)}:?is to hold the key ${key} of the Secret ${name}}`;
};

const environment = (plan: StackPlan, variables: readonly EnvironmentVariable[]): Json =>
  Object.fromEntries(
    variables.map((variable) => [
      variable.name,
      'value' in variable ? literal(variable.value) : secretValue(plan, variable.secret),
    ]),
  );

/** Limits as Docker takes them: bytes, and processors as a decimal number. */
const limits = ({ limits: { cpu, memory } }: Resources): Json => ({
  resources: {
    limits: {
      ...(cpu === undefined ? {} : { cpus: String(toMillicores(quantity(cpu)) / 1000) }),
      memory: String(toBytes(quantity(memory))),
    },
  },
});

/** What every container is denied. */
const confined: Json = { cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] };

/** Compose puts inline configs into the container's own file system, and so refuses them where that is read-only. */
const readOnly: Json = { read_only: true };

const check = (test: readonly string[]): Json => ({
  healthcheck: { test, interval: '2s', timeout: '5s', retries: 60 },
});

/** Asks whether logins are accepted; nothing is logged in. */
const isReady = (port: number, user: string, database: string): Json =>
  check(['CMD', 'pg_isready', '-q', '-h', '127.0.0.1', '-p', String(port), '-U', user, '-d', database]);

const published = (purpose: 'postgres' | 'pgbouncer' | 'redis' | 'service', port: number): Json => ({
  ports: [`127.0.0.1:\${${variableName(`${purpose}-port`)}:-${standardPorts[purpose]}}:${port}`],
});

const configName = (program: string, file: string): string => `${program}-${file}`;

type EngineName = 'postgres' | 'pgbouncer' | 'redis';

/** A folder in memory; a container's user must be named for the folders it may write. */
const temporary = (folder: string, user: number): string => `${folder}:uid=${user},gid=${user},mode=0700`;

const engine = (
  plan: StackPlan,
  name: EngineName,
  part: { image: string; resources: Resources; files: Files; environment: readonly EnvironmentVariable[] },
  rest: Json,
): Json => {
  const { configFolder, port } = plan.placement[name];
  return {
    image: literal(part.image),
    // Own start script: any image with the program works, whatever its entry point does.
    entrypoint: ['sh', `${configFolder}/start.sh`],
    user: `${imageUsers[name]}:${imageUsers[name]}`,
    environment: environment(plan, part.environment),
    configs: Object.keys(part.files).map((file) => ({
      source: configName(name, file),
      target: `${configFolder}/${file}`,
      mode: '0444',
    })),
    ...published(name, port),
    ...confined,
    ...rest,
    restart: 'unless-stopped',
    deploy: limits(part.resources),
  };
};

const engines = (plan: StackPlan): Json => {
  const { postgres, pgbouncer, redis, placement } = plan;
  const files = pgbouncer.fileDescriptors;
  return {
    ...(postgres.mode === 'Managed'
      ? {
          postgres: engine(plan, 'postgres', postgres, {
            volumes: [`postgres:${postgres.dataFolder.slice(0, postgres.dataFolder.lastIndexOf('/'))}`],
            tmpfs: [temporary('/tmp', imageUsers.postgres)],
            ...isReady(postgres.port, 'chatstack', postgres.database),
            ...{ stop_signal: 'SIGINT', stop_grace_period: '30s' },
          }),
        }
      : {}),
    pgbouncer: engine(plan, 'pgbouncer', pgbouncer, {
      tmpfs: [temporary(placement.pgbouncer.runFolder, imageUsers.pgbouncer)],
      ulimits: { nofile: { soft: files, hard: files } },
      // Asked about its own admin database, so that it is well even while Postgres is away.
      ...isReady(placement.pgbouncer.port, pgbouncer.admin.user, 'pgbouncer'),
      ...{ stop_signal: 'SIGINT', stop_grace_period: '10s' },
    }),
    redis: engine(plan, 'redis', redis, {
      tmpfs: [temporary(placement.redis.runFolder, imageUsers.redis)],
      ...check([
        'CMD-SHELL',
        literal(`REDISCLI_AUTH="$REDIS_PASSWORD" redis-cli -p ${placement.redis.port} ping | grep -q PONG`),
      ]),
      stop_grace_period: '10s',
    }),
  };
};

const program = (plan: StackPlan, command: readonly string[], variables: readonly EnvironmentVariable[]): Json => ({
  image: literal(plan.service.image),
  build: { context: '.', dockerfile: 'service/Dockerfile', target: 'production', secrets: ['npmrc'] },
  command: command.map(literal),
  user: `${imageUsers.service}:${imageUsers.service}`,
  environment: environment(plan, variables),
  ...confined,
  ...readOnly,
  tmpfs: [temporary('/tmp', imageUsers.service)],
});

const when = (condition: string, names: readonly string[]): Json =>
  Object.fromEntries(names.map((name) => [name, { condition }]));

const programs = (plan: StackPlan): Json => {
  const { service, migration, placement } = plan;
  const database = plan.postgres.mode === 'Managed' ? ['postgres'] : [];
  const ready = { ...when('service_healthy', [...database, 'pgbouncer', 'redis']) };
  const probe = `fetch('http://127.0.0.1:${placement.service.port}/health/ready').then(({ok})=>process.exit(ok?0:1),()=>process.exit(1))`;
  return {
    migrate: {
      ...program(plan, migration.command, migration.environment),
      depends_on: when('service_healthy', database),
      restart: 'on-failure:3',
      deploy: limits(migration.resources),
    },
    fixtures: {
      ...program(plan, fixturesCommand, service.environment),
      depends_on: { ...ready, ...when('service_completed_successfully', ['migrate']) },
      restart: 'on-failure:3',
      deploy: limits(service.resources),
    },
    service: {
      ...program(plan, service.command, service.environment),
      ...published('service', placement.service.port),
      depends_on: { ...ready, ...when('service_completed_successfully', ['migrate', 'fixtures']) },
      ...check(['CMD', 'node', '-e', probe]),
      restart: 'unless-stopped',
      stop_grace_period: `${service.terminationGraceSeconds}s`,
      deploy: limits(service.resources),
    },
  };
};

const configs = (plan: StackPlan): Json => {
  const { postgres, pgbouncer, redis } = plan;
  const all: [EngineName, Files][] = [
    ...(postgres.mode === 'Managed' ? ([['postgres', postgres.files]] as [EngineName, Files][]) : []),
    ['pgbouncer', pgbouncer.files],
    ['redis', redis.files],
  ];
  return Object.fromEntries(
    all.flatMap(([name, files]) =>
      Object.entries(files).map(([file, text]) => [configName(name, file), { content: literal(text) }]),
    ),
  );
};

/**
 * Builds the text of docker-compose.yml: the stack as containers of one machine, on its loopback address. It is for development: the
 * passwords have public defaults, and each can be set by a variable (`CHATSTACK_SERVICE_PASSWORD`, …).
 */
export const renderCompose = (plan: StackPlan): string => {
  const document = {
    name: `chatstack-${plan.name}`,
    services: { ...engines(plan), ...programs(plan) },
    ...(plan.postgres.mode === 'Managed' ? { volumes: { postgres: {} } } : {}),
    configs: configs(plan),
    // How the build reaches another registry of packages than npm's; by default a secret without content.
    secrets: { npmrc: { file: `\${${variableName('npmrc')}:-/dev/null}` } },
  };
  const text = stringify(document, { lineWidth: 0, blockQuote: 'literal', aliasDuplicateObjects: false });
  return `# Generated by ChatStack from a ChatStack resource (make generate). Change the resource, not this file.\n${text}`;
};
