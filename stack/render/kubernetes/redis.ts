import { localRedisPassword, localRedisUser } from '../../config/start-redis.ts';
import { imageUsers } from '../../plan/images.ts';
import { certificateFolder } from '../../plan/plan-tls.ts';
import type { EnvironmentVariable, ManagedRedisPlan, StackPlan } from '../../plan/stack-plan.ts';
import { certificateMounts } from './certificates.ts';
import { buildDeployment } from './deployment.ts';
import { childName } from './labels.ts';
import type { Manifest, RenderOptions } from './manifest.ts';
import { buildNetworkService } from './network-service.ts';
import { configurationMount, memoryMount } from './pod.ts';
import { buildProbes, byConnection, byProgram } from './probes.ts';
import { renderRedisReplication } from './redis-replication.ts';

/** redis-cli of whoever looks into the container takes the password from a variable of its own; that of the start. */
const clientVariables = ({ environment }: ManagedRedisPlan): readonly EnvironmentVariable[] =>
  environment.flatMap((variable) =>
    variable.name === 'REDIS_PASSWORD' && 'secret' in variable ? [{ ...variable, name: 'REDISCLI_AUTH' }] : [],
  );

/** The objects of Redis, of which there are none when somebody else runs it. */
export const renderRedis = (plan: StackPlan, options: RenderOptions): readonly Manifest[] => {
  const { redis } = plan;
  switch (redis.mode) {
    case 'External':
      return [];
    case 'Opstree':
      return renderRedisReplication(plan, redis, options);
    default:
      return renderManaged(plan, redis, options);
  }
};

/** Two at once would be two caches, so the old pod goes first. */
const renderManaged = (plan: StackPlan, redis: ManagedRedisPlan, options: RenderOptions): readonly Manifest[] => {
  const { placement } = plan;
  const ports = { redis: placement.redis.port };
  const name = childName(plan.name, 'redis');
  const encrypted = plan.tls === undefined ? '' : `--tls --cacert ${certificateFolder}/ca.crt `;
  // Without -e an answer such as NOAUTH or LOADING would end the program with success.
  // The environment of the container keeps the password that it started with, whatever a rotation has made of it.
  const ping = byProgram(
    'sh',
    '-c',
    `REDISCLI_AUTH=$(cat ${localRedisPassword(placement.redis.runFolder)}) $(command -v redis-cli || command -v valkey-cli) ` +
      `-e --user ${localRedisUser} ${encrypted}-h 127.0.0.1 -p ${placement.redis.port} ping`,
  );
  return [
    buildNetworkService(plan, options, { name, component: 'redis', ports }),
    buildDeployment(
      plan,
      options,
      {
        component: 'redis',
        user: imageUsers.redis,
        image: redis.image,
        command: ['sh', `${placement.redis.configFolder}/start.sh`],
        environment: [...redis.environment, ...clientVariables(redis)],
        resources: redis.resources,
        ports,
        mounts: [
          configurationMount(name, placement.redis.configFolder),
          memoryMount('run', placement.redis.runFolder, '1Mi'),
          ...certificateMounts(plan, 'redis'),
        ],
        probes: buildProbes(ping, byConnection('redis'), 60),
        terminationGraceSeconds: 10,
        restartHash: redis.restartHash,
      },
      { replicas: 1, replace: 'recreate' },
    ),
  ];
};
