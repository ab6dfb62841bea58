import { redisReplicationName } from '../../plan/redis-place.ts';
import type { OpstreeRedisPlan, StackPlan } from '../../plan/stack-plan.ts';
import { appliedAnnotation, buildMetadata, buildSelector, childName } from './labels.ts';
import type { Manifest, RenderOptions } from './manifest.ts';

/** uid and gid of Redis in the images of the redis-operator. */
const user = 1000;

/**
 * The RedisReplication that the redis-operator makes real: it hands our labels to the pods, follows which of them is the master, and
 * points the Service `<name>-master` at that.
 */
export const renderRedisReplication = (
  plan: StackPlan,
  redis: OpstreeRedisPlan,
  options: RenderOptions,
): readonly Manifest[] => [
  {
    apiVersion: 'redis.redis.opstreelabs.in/v1beta2',
    kind: 'RedisReplication',
    metadata: buildMetadata(plan, options, { name: redisReplicationName(plan.name), component: 'redis' }),
    spec: {
      clusterSize: redis.instances,
      kubernetesConfig: {
        image: redis.image,
        imagePullPolicy: 'IfNotPresent',
        resources: redis.resources,
        redisSecret: redis.password,
        // It hands every other one to its pods: each change of this object would restart them.
        ignoreAnnotations: [appliedAnnotation],
      },
      redisConfig: { additionalRedisConfig: childName(plan.name, 'redis') },
      podSecurityContext: {
        runAsNonRoot: true,
        runAsUser: user,
        runAsGroup: user,
        fsGroup: user,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: 'kubernetes.io/hostname',
          whenUnsatisfiable: 'ScheduleAnyway',
          labelSelector: { matchLabels: buildSelector(plan.name, 'redis') },
        },
      ],
    },
  },
];
