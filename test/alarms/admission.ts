import { setTimeout as elapse } from 'node:timers/promises';
import { CommandError } from '../e2e/command.ts';
import { kubectl } from '../e2e/kubectl.ts';
import type { Scene } from '../faults/scene.ts';

/** What a policy of the cluster refuses. */
export type Refusal = {
  readonly resource: 'pods' | 'secrets';
  readonly operation: 'CREATE' | 'UPDATE';
  /** Components whose objects it is about, those of one stack. */
  readonly components: readonly string[];
};

/** Part of what the API server says to whoever is refused. */
const MESSAGE = 'refused by a policy of the cluster';

/** How often, and at most how long, it is looked whether a policy is in force: milliseconds, seconds. */
const LOOK_MS = 500;
const PATIENCE_SECONDS = 60;

const nameOf = ({ place }: Scene, { resource }: Refusal): string =>
  `${place.stackNamespace}-${place.stackName}-${resource}`;

/** Has the API server refuse it, with 403 as an admission webhook would; resolves when it does. `probe`: arguments of kubectl that it refuses. */
export async function refuse(scene: Scene, refusal: Refusal, probe: readonly string[], input = ''): Promise<void> {
  const name = nameOf(scene, refusal);
  const { resource, operation, components } = refusal;
  const group = 'admissionregistration.k8s.io/v1';
  const { stackNamespace, stackName } = scene.place;
  const objects = [
    {
      apiVersion: group,
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name },
      spec: {
        matchConstraints: {
          resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: [operation], resources: [resource] }],
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': stackNamespace } },
          objectSelector: {
            matchLabels: { 'app.kubernetes.io/instance': stackName },
            matchExpressions: [{ key: 'app.kubernetes.io/component', operator: 'In', values: components }],
          },
        },
        validations: [{ expression: 'false', message: MESSAGE, reason: 'Forbidden' }],
      },
    },
    {
      apiVersion: group,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name },
      spec: { policyName: name, validationActions: ['Deny'] },
    },
  ];
  await kubectl(['apply', '-f', '-'], { input: objects.map((object) => JSON.stringify(object)).join('\n---\n') });
  const deadline = Date.now() + PATIENCE_SECONDS * 1000;
  while (!(await isRefused(['-n', stackNamespace, ...probe, '--dry-run=server'], input))) {
    if (Date.now() > deadline)
      throw new Error(`expected the policy ${name} to be in force within ${PATIENCE_SECONDS} s, found that it is not`);
    await elapse(LOOK_MS);
  }
}

async function isRefused(args: string[], input: string): Promise<boolean> {
  try {
    await kubectl(args, { input });
    return false;
  } catch (error) {
    if (error instanceof CommandError && error.stderr.includes(MESSAGE)) return true;
    throw error;
  }
}

/** Takes the policy away. */
export async function refuseNoMore(scene: Scene, refusal: Refusal): Promise<void> {
  const name = nameOf(scene, refusal);
  const kinds = ['validatingadmissionpolicybinding', 'validatingadmissionpolicy'];
  await kubectl(['delete', ...kinds.map((kind) => `${kind}/${name}`), '--ignore-not-found']);
}
