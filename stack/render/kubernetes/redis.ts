import { imageUsers } from '../../plan/images.ts';
import type { EnvironmentVariable, StackPlan } from '../../plan/stack-plan.ts';
import { buildDeployment } from './deployment.ts';
import { childName } from './labels.ts';
import type { Manifest, RenderOptions } from './manifest.ts';
import { buildNetworkService } from './network-service.ts';
import { configurationMount, memoryMount } from './pod.ts';
import { buildProbes, byConnection, byProgram } from './probes.ts';

/** redis-cli of the probe takes the password from a variable of its own. */
const probeVariables = (plan: StackPlan): readonly EnvironmentVariable[] =>
  plan.redis.environment.flatMap((variable) =>
    variable.name === 'REDIS_PASSWORD' && 'secret' in variable ? [{ ...variable, name: 'REDISCLI_AUTH' }] : [],
  );

/** The objects of Redis. Two at once would be two caches, so the old pod goes first. */
export const renderRedis = (plan: StackPlan, options: RenderOptions): readonly Manifest[] => {
  const { redis, placement } = plan;
  const ports = { redis: placement.redis.port };
  const name = childName(plan.name, 'redis');
  // Without -e an answer such as NOAUTH or LOADING would end the program with success.
  const ping = byProgram(
    'sh',
    '-c',
    `$(command -v redis-cli || command -v valkey-cli) -e -h 127.0.0.1 -p ${placement.redis.port} ping`,
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
        environment: [...redis.environment, ...probeVariables(plan)],
        resources: redis.resources,
        ports,
        mounts: [
          configurationMount(name, placement.redis.configFolder),
          memoryMount('run', placement.redis.runFolder, '1Mi'),
        ],
        probes: buildProbes(ping, byConnection('redis'), 60),
        terminationGraceSeconds: 10,
        restartHash: redis.restartHash,
      },
      { replicas: 1, replace: 'recreate' },
    ),
  ];
};
