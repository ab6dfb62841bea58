import { watchedKinds } from '../../reconcile/child-kinds.ts';
import type { KubernetesObject } from '../../runtime/object.ts';
import { builtIn } from '../../runtime/resource.ts';
import { operatorVersion } from '../../version.ts';
import type { Place } from '../cluster-options.ts';
import { type FoundOperator, findOperator } from '../find-operator.ts';
import { areApart } from './check-cluster.ts';
import { type Check, type Finding, failure, fine, warning } from './finding.ts';

type Found = Omit<Finding, 'subject'>;

/** What checks of the operator look at. */
export interface OperatorContext extends Place {
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Checks of the operator that looks after the namespace. */
export const operatorChecks: readonly Check<OperatorContext>[] = [
  {
    subject: 'operator',
    async run(context) {
      const operator = await findOperator(context);
      if (operator === undefined) {
        const message = `found no operator that watches namespace ${context.namespace}`;
        return [failure(message, 'helm install chatstack charts/chatstack-operator')];
      }
      return [...describeOperator(operator), ...(await checkLead(operator, context))];
    },
  },
  {
    subject: 'rights',
    async run(context) {
      const operator = await findOperator(context);
      return operator === undefined ? [] : checkRights(operator, context);
    },
  },
];

function describeOperator({ deployment, version = 'unknown' }: FoundOperator): Found[] {
  const { name, namespace } = deployment.metadata;
  const { readyReplicas = 0 } = (deployment.status ?? {}) as { readyReplicas?: number };
  const where = `Deployment ${namespace}/${name}`;
  const remedy = `kubectl logs -n ${namespace} deployment/${name}`;
  return [
    readyReplicas > 0 ? fine(`version ${version} runs (${where})`) : failure(`${where} has no ready pod`, remedy),
    ...(version !== 'unknown' && areApart(version)
      ? [
          warning(
            `the operator is version ${version}, this program ${operatorVersion}`,
            'use the chatstack command of its release',
          ),
        ]
      : []),
  ];
}

interface LeaseSpec {
  holderIdentity?: string;
  renewTime?: string;
  leaseDurationSeconds?: number;
}

/** With several replicas one leads, by a Lease that it renews. */
async function checkLead(operator: FoundOperator, context: OperatorContext): Promise<Found[]> {
  const { cluster, now } = context;
  const name = operator.variable('LEADER_ELECTION_LEASE');
  if (name === undefined || name === '') return [];
  const namespace = operator.deployment.metadata.namespace ?? '';
  const lease: KubernetesObject | undefined = await cluster.client
    .get(builtIn.lease, { namespace, name })
    .catch(() => undefined);
  const { holderIdentity, renewTime, leaseDurationSeconds = 15 } = (lease?.spec ?? {}) as LeaseSpec;
  const age = (now - Date.parse(renewTime ?? '')) / 1000;
  if (holderIdentity && age <= leaseDurationSeconds) return [fine(`${holderIdentity.split('_')[0]} leads`)];
  const found = holderIdentity ? `${holderIdentity}, who renewed it ${Math.round(age)} s ago` : 'nobody';
  const refused = await listRefused(
    operator,
    { ...context, namespace },
    ['get', 'update'].map((verb) => ({ verb, group: 'coordination.k8s.io', resource: 'leases', name })),
  );
  const remedy = `kubectl logs -n ${namespace} deployment/${operator.deployment.metadata.name}`;
  const leaderless = failure(`expected a leader in Lease ${namespace}/${name}, found ${found}`, remedy);
  return refused.length === 0 ? [leaderless] : [leaderless, describeRefused(operator, refused)];
}

interface Right {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  /** The one object that it is about. */
  readonly name?: string;
}

/** Rights without which the operator can't keep a stack; the chart's test knows that it has them all. */
const rights: readonly Right[] = [
  ...['list', 'watch'].map((verb) => ({ verb, group: 'chatstack.dev', resource: 'chatstacks' })),
  { verb: 'patch', group: 'chatstack.dev', resource: 'chatstacks', subresource: 'status' },
  ...watchedKinds.flatMap(({ apiVersion, plural }) => {
    const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
    const verbs = plural === 'pods' ? ['watch', 'patch'] : ['watch', 'create', 'patch'];
    return verbs.map((verb) => ({ verb, group, resource: plural }));
  }),
  { verb: 'create', group: 'events.k8s.io', resource: 'events' },
];

async function checkRights(operator: FoundOperator, context: OperatorContext): Promise<Found[]> {
  const missing = await listRefused(operator, context, rights);
  const who = operator.user.split(':').slice(2).join('/');
  return missing.length === 0
    ? [fine(`${who} may do all that a stack in ${context.namespace} takes`)]
    : [describeRefused(operator, missing)];
}

/** Those of the rights that the operator does not have in the namespace. */
async function listRefused(
  { user }: FoundOperator,
  { cluster, namespace }: OperatorContext,
  asked: readonly Right[],
): Promise<readonly Right[]> {
  const answers = await Promise.all(
    asked.map(async (right) => {
      const review = await cluster.ask('/apis/authorization.k8s.io/v1/subjectaccessreviews', {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SubjectAccessReview',
        spec: {
          user,
          groups: ['system:serviceaccounts', 'system:authenticated'],
          resourceAttributes: { namespace, ...right },
        },
      });
      return (review.status as { allowed?: boolean } | undefined)?.allowed === true ? [] : [right];
    }),
  );
  return answers.flat();
}

function describeRefused({ user }: FoundOperator, refused: readonly Right[]): Found {
  const what = refused.map(
    ({ verb, resource, subresource }) => `${verb} ${resource}${subresource ? `/${subresource}` : ''}`,
  );
  return failure(
    `${user} may not ${what.join(', ')}`,
    'install the chart of this version again: helm upgrade; it brings the roles',
  );
}
