import { chatStackResource } from '../../reconcile/child-kinds.ts';
import { rotateAnnotation } from '../../rotation/rotation-due.ts';
import type { KubernetesObject } from '../../runtime/object.ts';
import type { StackStatus } from '../../status/stack-status.ts';
import { clusterOptions, openPlace, type Place } from '../cluster-options.ts';
import { type Command, CommandError, exitCodes, firstOperand } from '../command.ts';
import { findActiveStack, stackOperand } from '../find-stack.ts';
import { followStack, type Progress } from '../follow-stack.ts';
import type { Machine } from '../machine.ts';

/** `chatstack rotate`. */
export const rotateCommand: Command = {
  name: 'rotate',
  summary: 'other passwords for a stack, with no failed request',
  description: `Asks the operator to rotate the passwords that it generated for the stack NAME: those of a Postgres and a Redis that the stack runs, and of the
poolers' admin console. Servers take the former and the new ones until no pod is left that uses the former, which are refused from then on.
Poolers and processes of the service are replaced as in any roll-out; Postgres and Redis run on. With --wait it is followed to its end.

Passwords of servers that somebody else runs are rotated by their owner. spec.credentials.rotateEvery rotates by itself.`,
  operands: [stackOperand],
  options: {
    ...clusterOptions,
    wait: { description: 'end when the rotation has: 0 rotated, 1 refused or failed' },
  },
  examples: [['somebody has left who knew them', 'chatstack rotate acme --wait']],
  async run(args, machine) {
    const place = await openPlace(args, machine);
    const name = firstOperand(args);
    const { namespace } = place;
    await findActiveStack(place, name);
    const request = new Date(machine.now()).toISOString();
    const body = { metadata: { annotations: { [rotateAnnotation]: request } } };
    await place.cluster.client.patch(chatStackResource, { namespace, name }, body);
    machine.out(`Asked for other passwords of ${name}; the operator does it, whatever becomes of this command\n`);
    if (args.flags.has('wait')) return follow(place, name, request, machine);
    machine.out(`Follow it with: chatstack status ${name} -n ${namespace} --watch\n`);
    return exitCodes.done.code;
  },
};

const credentialsOf = ({ status }: KubernetesObject): StackStatus['credentials'] =>
  (status as StackStatus | undefined)?.credentials;

async function follow(place: Place, name: string, asked: string, machine: Machine): Promise<number> {
  const read = (stack: KubernetesObject): Progress => {
    const { phase = '', message, request } = credentialsOf(stack) ?? {};
    if (request !== asked) return { isOver: false };
    return ['Current', 'Refused', 'Failed'].includes(phase)
      ? { isOver: true }
      : { isOver: false, text: `${phase}: ${message}` };
  };
  const ended = await followStack(place, { name, field: 'credentials', read }, machine);
  if (ended === undefined) return exitCodes.done.code;
  const { phase, message, lastRotation } = credentialsOf(ended) ?? {};
  if (phase !== 'Current') throw new CommandError('refused', `${phase}: ${message}`);
  machine.out(`The former passwords of ${name} are refused since ${lastRotation}\n`);
  return exitCodes.done.code;
}
