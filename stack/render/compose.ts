import { stringify } from 'yaml';
import { imageUsers } from '../plan/images.ts';
import { standardPorts } from '../plan/placement.ts';
import type { EnvironmentVariable, Files, Resources, StackPlan } from '../plan/stack-plan.ts';
import { buildLogServices, logVolumes } from './compose-logs.ts';
import { buildMonitoringServices, monitoringFiles, monitoringVolumes } from './compose-monitoring.ts';
import {
  check,
  configName,
  confined,
  environment,
  type Json,
  limits,
  literal,
  mountConfigs,
  publish,
  readOnly,
  temporary,
  variableName,
} from './compose-parts.ts';
import { fixturesCommand } from './fixtures-command.ts';

/** Asks whether logins are accepted; nothing is logged in. */
const isReady = (port: number, user: string, database: string): Json =>
  check(['CMD', 'pg_isready', '-q', '-h', '127.0.0.1', '-p', String(port), '-U', user, '-d', database]);

type EngineName = 'postgres' | 'pgbouncer' | 'redis';

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
    configs: mountConfigs(name, part.files, configFolder),
    ...publish(name, port, standardPorts[name]),
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
    ...(placement.pgbouncer.runs
      ? {
          pgbouncer: engine(plan, 'pgbouncer', pgbouncer, {
            tmpfs: [temporary(placement.pgbouncer.runFolder, imageUsers.pgbouncer)],
            ulimits: { nofile: { soft: files, hard: files } },
            // Asked about its own admin database, so that it is well even while Postgres is away.
            ...isReady(placement.pgbouncer.port, pgbouncer.admin.user, 'pgbouncer'),
            ...{ stop_signal: 'SIGINT', stop_grace_period: '10s' },
          }),
        }
      : {}),
    ...(redis.mode === 'Managed'
      ? {
          redis: engine(plan, 'redis', redis, {
            tmpfs: [temporary(placement.redis.runFolder, imageUsers.redis)],
            ...check([
              'CMD-SHELL',
              literal(`REDISCLI_AUTH="$REDIS_PASSWORD" redis-cli -p ${placement.redis.port} ping | grep -q PONG`),
            ]),
            stop_grace_period: '10s',
          }),
        }
      : {}),
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
  const poolers = placement.pgbouncer.runs ? ['pgbouncer'] : [];
  const cache = plan.redis.mode === 'Managed' ? ['redis'] : [];
  const ready = { ...when('service_healthy', [...database, ...poolers, ...cache]) };
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
      ...publish('service', placement.service.port, standardPorts.service),
      depends_on: { ...ready, ...when('service_completed_successfully', ['migrate', 'fixtures']) },
      ...check(['CMD', 'node', '-e', probe]),
      restart: 'unless-stopped',
      stop_grace_period: `${service.terminationGraceSeconds}s`,
      deploy: limits(service.resources),
    },
  };
};

const configs = (plan: StackPlan): Json => {
  const { postgres, pgbouncer, redis, placement } = plan;
  const all: (readonly [string, Files])[] = [
    ...(postgres.mode === 'Managed' ? ([['postgres', postgres.files]] as [EngineName, Files][]) : []),
    ...(placement.pgbouncer.runs ? ([['pgbouncer', pgbouncer.files]] as [EngineName, Files][]) : []),
    ['redis', redis.files],
    ...monitoringFiles(plan),
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
  const volumes = [
    ...(plan.postgres.mode === 'Managed' ? ['postgres'] : []),
    ...monitoringVolumes(plan),
    ...logVolumes,
  ];
  const document = {
    name: `chatstack-${plan.name}`,
    services: { ...engines(plan), ...programs(plan), ...buildMonitoringServices(plan), ...buildLogServices(plan) },
    volumes: Object.fromEntries(volumes.map((name) => [name, {}])),
    configs: configs(plan),
    // How the build reaches another registry of packages than npm's; by default a secret without content.
    secrets: { npmrc: { file: `\${${variableName('npmrc')}:-/dev/null}` } },
  };
  const text = stringify(document, { lineWidth: 0, blockQuote: 'literal', aliasDuplicateObjects: false });
  return `# Generated by ChatStack from a ChatStack resource (make generate). Change the resource, not this file.\n${text}`;
};
