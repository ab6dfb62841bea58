import { parseRestoreRequest, restoreAnnotation } from '@chatstack/stack/render/kubernetes/restore.ts';
import { chatStackResource } from '../../reconcile/child-kinds.ts';
import { findCondition } from '../../runtime/conditions.ts';
import type { KubernetesObject } from '../../runtime/object.ts';
import type { StackStatus } from '../../status/stack-status.ts';
import { clusterOptions, openPlace, type Place } from '../cluster-options.ts';
import { type Arguments, type Command, CommandError, exitCodes, firstOperand, UsageError } from '../command.ts';
import { findActiveStack, stackOperand } from '../find-stack.ts';
import { followStack, type Progress } from '../follow-stack.ts';
import type { Machine } from '../machine.ts';

/** `chatstack restore`. */
export const restoreCommand: Command = {
  name: 'restore',
  summary: 'the database of a stack as it was in a backup',
  description: `Asks the operator to restore a backup, and follows it until the stack is Ready again. The service is down meanwhile. The backup
is checked and loaded beside the database in use, which is replaced at once when all of it is there: a restore that fails leaves
everything as it was. What was replaced is kept, and takes room, until --finish or the next restore.

What was written after the backup is no longer there afterwards. Clients are told to read again.`,
  operands: [stackOperand],
  options: {
    ...clusterOptions,
    backup: { value: 'ID', description: 'backup to restore: an id of `chatstack backup NAME --list`, or latest' },
    'from-stack': {
      value: 'STACK',
      description:
        'whose backup (default: its own): a stack of the namespace, or for a bucket what its keys begin with',
      completes: 'stacks',
    },
    yes: { description: 'do it: without, it is only told what would be done' },
    finish: { description: 'delete the database that the restore before replaced' },
  },
  examples: [
    ['the newest backup', 'chatstack restore acme --backup latest --yes'],
    ['into a new stack, of one that is no more', 'chatstack restore new --from-stack acme --backup latest --yes'],
    ['all is well: free the room', 'chatstack restore acme --finish'],
  ],
  async run(args, machine) {
    const request = buildRequest(args, machine.now());
    const place = await openPlace(args, machine);
    const name = firstOperand(args);
    await findActiveStack(place, name);
    if (!args.flags.has('yes') && !args.flags.has('finish')) {
      machine.err(
        `chatstack: this stops the service of ${name}, and replaces its database by backup ${args.values.backup}. To do it, add --yes\n`,
      );
      return exitCodes.refused.code;
    }
    const key = { namespace: place.namespace, name };
    const annotations = { [restoreAnnotation]: request };
    await place.cluster.client.patch(chatStackResource, key, { metadata: { annotations } });
    machine.out(`Asked for ${request} of ${name}; the operator does it, whatever becomes of this command\n`);
    return follow(place, name, request, machine);
  },
};

/** The time makes it a request of its own: the same backup may be restored again. */
function buildRequest({ values, flags }: Arguments, now: number): string {
  const { backup, 'from-stack': from } = values;
  if (flags.has('finish') === (backup !== undefined))
    throw new UsageError(`restore: expected either --backup ID or --finish, found ${backup ? 'both' : 'neither'}`);
  const request = `${from === undefined ? '' : `${from}/`}${backup ?? 'finish'}@${now.toString(36)}`;
  if (parseRestoreRequest(request) === undefined)
    throw new UsageError(`--backup: expected an id such as 20260102T030405Z, or latest, found "${backup}"`);
  return request;
}

const statusOf = ({ status }: KubernetesObject): StackStatus => (status ?? {}) as StackStatus;

async function follow(place: Place, name: string, request: string, machine: Machine): Promise<number> {
  const read = (stack: KubernetesObject): Progress => {
    const { restore, conditions = [] } = statusOf(stack);
    if (restore?.request !== request) return { isOver: false };
    if (restore.phase === 'Failed' || restore.phase === 'Refused') return { isOver: true };
    const text = `${restore.phase}: ${restore.message}`;
    const isReady = findCondition(conditions, 'Ready')?.status === 'True';
    return { isOver: restore.phase === 'Complete' && isReady, text };
  };
  const ended = await followStack(place, { name, field: 'restore', read }, machine);
  if (ended === undefined) return exitCodes.done.code;
  const { restore } = statusOf(ended);
  if (restore?.phase !== 'Complete') throw new CommandError('refused', `${restore?.phase}: ${restore?.message}`);
  machine.out(`ChatStack ${name} is Ready\n`);
  return exitCodes.done.code;
}
