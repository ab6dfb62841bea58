import type { Fault } from '@chatstack/stack/api/fault.ts';
import { majorOfImage } from '@chatstack/stack/plan/postgres-major.ts';
import type { StackPlan } from '@chatstack/stack/plan/stack-plan.ts';
import type { KubernetesObject } from '../runtime/object.ts';

interface WorkloadSpec {
  readonly template?: { readonly spec?: { readonly containers?: readonly { readonly image?: string }[] } };
}

/**
 * What the running Postgres forbids of another image: its data is of one major version, and a program of another one doesn't start on
 * it. The start script says so too, but only when the former Postgres has ended. Images whose tags name no version are left to it.
 */
export function checkImage(plan: StackPlan, workload: KubernetesObject | undefined): Fault[] {
  if (plan.postgres.mode !== 'Managed' || workload === undefined) return [];
  const running = (workload.spec as WorkloadSpec | undefined)?.template?.spec?.containers?.[0]?.image ?? '';
  const [found, wanted] = [majorOfImage(running), majorOfImage(plan.postgres.image)];
  if (found === undefined || wanted === undefined || found === wanted) return [];
  return [
    {
      path: 'spec.postgres.image',
      expected: `an image of PostgreSQL ${found}, the version of the data (it runs ${running})`,
      found: `${plan.postgres.image}, of PostgreSQL ${wanted}`,
      remedy: `stay with ${found}, whose minor versions may change; to move to ${wanted}, make a new ChatStack and move the data with pg_dump`,
    },
  ];
}
