import { chatStackResource } from '../../reconcile/child-kinds.ts';
import { upgradeAnnotation } from '../../reconcile/stack-record.ts';
import { clusterOptions, openPlace } from '../cluster-options.ts';
import { type Command, exitCodes, firstOperand } from '../command.ts';
import { findStack, stackOperand } from '../find-stack.ts';
import { conditionsOf } from '../stack-conditions.ts';

/** `chatstack upgrade`. */
export const upgradeCommand: Command = {
  name: 'upgrade',
  summary: "takes over the running operator's defaults",
  description: `Sets the annotation ${upgradeAnnotation} of the ChatStack to the present time, which asks the operator to plan the stack anew, with the images,
sizes and scripts of its own version. Without it, a stack stays as it was planned until its spec changes; the condition UpToDate says whether that differs.
Pods whose template changes roll. \`chatstack plan -f FILE --diff --upgrade\` shows it before.`,
  operands: [stackOperand],
  options: clusterOptions,
  examples: [['after an upgrade of the operator', 'chatstack upgrade acme -n chat']],
  async run(args, machine) {
    const place = await openPlace(args, machine);
    const name = firstOperand(args);
    const { namespace } = place;
    const stack = await findStack(place, name);
    const upToDate = conditionsOf(stack).find(({ type }) => type === 'UpToDate');
    if (upToDate?.status === 'True') {
      machine.out(`ChatStack ${name}: nothing to do, ${upToDate.message}.\n`);
      return exitCodes.done.code;
    }
    const body = { metadata: { annotations: { [upgradeAnnotation]: new Date(machine.now()).toISOString() } } };
    await place.cluster.client.patch(chatStackResource, { namespace, name }, body);
    machine.out(`ChatStack ${name}: the operator plans it anew. Follow it with:
  chatstack status ${name} -n ${namespace} --watch
`);
    return exitCodes.done.code;
  },
};
