import { optionalKinds } from '../../plan/optional-kinds.ts';
import type { CloudNativePgPlan, StackPlan } from '../../plan/stack-plan.ts';
import { buildMetadata } from './labels.ts';
import type { Manifest, RenderOptions } from './manifest.ts';

/**
 * The Cluster that CloudNativePG makes instances, Services and Secrets of. Its volumes go with it, so it outlives its ChatStack unless
 * the deletion policy says otherwise. No role of ours is set up in it: poolers enter with the owner's Secret, which they list, so they
 * need neither a superuser nor a lookup beside the pool.
 */
export const renderCluster = (plan: StackPlan, postgres: CloudNativePgPlan, options: RenderOptions): Manifest => {
  const { apiVersion, kind } = optionalKinds.cloudNativePgCluster;
  return {
    apiVersion,
    kind,
    metadata: buildMetadata(plan, options, {
      name: postgres.cluster,
      component: 'postgres',
      owned: plan.deletionPolicy === 'Delete',
    }),
    spec: {
      instances: postgres.instances,
      imageName: postgres.image,
      // Neither waits for a person: the poolers have their clients wait instead.
      primaryUpdateStrategy: 'unsupervised',
      primaryUpdateMethod: 'restart',
      bootstrap: {
        initdb: {
          database: postgres.database,
          owner: postgres.owner,
          encoding: 'UTF8',
          localeCollate: 'C',
          localeCType: 'C.UTF-8',
          dataChecksums: true,
        },
      },
      postgresql: { parameters: postgres.parameters },
      storage: {
        size: postgres.storage.size,
        ...(postgres.storage.storageClassName === undefined ? {} : { storageClass: postgres.storage.storageClassName }),
      },
      resources: postgres.resources,
    },
  };
};
