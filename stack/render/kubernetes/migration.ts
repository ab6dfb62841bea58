import { buildHash } from '../../plan/hash.ts';
import { imageUsers } from '../../plan/images.ts';
import type { StackPlan } from '../../plan/stack-plan.ts';
import { certificateMounts, externalAuthorityMounts } from './certificates.ts';
import { buildMetadata, childName, credentialsAnnotation } from './labels.ts';
import type { Manifest, RenderOptions } from './manifest.ts';
import { buildPodTemplate } from './pod.ts';

/**
 * The Job that brings the database to the newest version. Its name ends in a hash of all it consists of: Jobs are immutable, another
 * image or database needs another Job, and one that succeeded is never mistaken for the next. It stays as the record that it ran.
 */
export const renderMigration = (plan: StackPlan, options: RenderOptions): Manifest => {
  const { migration } = plan;
  const spec = {
    backoffLimit: 6,
    activeDeadlineSeconds: 1800,
    template: buildPodTemplate(plan, options, {
      component: 'migration',
      user: imageUsers.service,
      image: migration.image,
      command: migration.command,
      environment: migration.environment,
      resources: migration.resources,
      ports: {},
      mounts: [
        { name: 'scratch', path: '/tmp', source: { emptyDir: { sizeLimit: '64Mi' } } },
        ...certificateMounts(plan),
        ...externalAuthorityMounts(plan, 'postgres'),
      ],
      probes: {},
      terminationGraceSeconds: 10,
      restartPolicy: 'Never',
    }),
  };
  const name = childName(plan.name, `migrate-${buildHash(spec)}`);
  const metadata = buildMetadata(plan, options, { name, component: 'migration' });
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    // The passwords it ran with are no part of its name: one that failed is tried again with others, one that succeeded counts.
    metadata: { ...metadata, annotations: { [credentialsAnnotation]: options.credentialsRevision } },
    spec,
  };
};
