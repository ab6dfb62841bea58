import { componentOf } from '../../reconcile/child-kinds.ts';
import { clusterOptions, openPlace, outputOption } from '../cluster-options.ts';
import { type Command, exitCodes, firstOperand } from '../command.ts';
import { describeStatus } from '../describe-status.ts';
import { findStack, stackOperand } from '../find-stack.ts';
import type { Machine } from '../machine.ts';
import { isReady, observeStackView, type StackView } from '../observe-status.ts';
import { statusOf } from '../stack-conditions.ts';

/** Between two looks of --watch. */
const intervalMilliseconds = 2000;

/** `chatstack status`. */
export const statusCommand: Command = {
  name: 'status',
  summary: 'a stack as a tree: pods, pools and their waits, budget, conditions, Events',
  description: `Shows how a stack is: components with their pods and volumes, the pools with what waits in them now, the connection budget, the conditions
that are not as they should be, and the last Events. Waits are asked of each pooler by a port-forward with the password of the stack's Secret; without the right
to do either, the rest is shown and the reason said. Colours appear on a terminal alone, and not with NO_COLOR.`,
  operands: [stackOperand],
  options: {
    ...clusterOptions,
    ...outputOption,
    watch: { short: 'w', description: 'show it again every 2 seconds, until Ctrl-C' },
  },
  examples: [
    ['how is acme?', 'chatstack status acme -n chat'],
    ['while it rolls', 'chatstack status acme -n chat --watch'],
    ['for a program', 'chatstack status acme -n chat -o json'],
  ],
  async run(args, machine) {
    const place = await openPlace(args, machine);
    const name = firstOperand(args);
    const show = async () => {
      const view = await observeStackView(place, name);
      return args.values.output === 'json'
        ? `${JSON.stringify(summarize(view), null, 2)}\n`
        : describeStatus(view, machine.display, machine.now());
    };
    if (!args.flags.has('watch')) {
      machine.out(await show());
      return exitCodes.done.code;
    }
    await findStack(place, name);
    await watch(machine, show);
    return exitCodes.done.code;
  },
};

/** Shows again and again, in place on a terminal. A cluster that doesn't answer for a while is waited for. */
async function watch(machine: Machine, show: () => Promise<string>): Promise<void> {
  const stop = machine.listenForStop();
  const clear = machine.display.isTerminal ? '\u001b[H\u001b[2J' : '';
  while (!stop.aborted) {
    const text = await show().catch((error: unknown) => `${error instanceof Error ? error.message : String(error)}\n`);
    machine.out(`${clear}${text}`);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(finish, intervalMilliseconds);
      function finish(): void {
        clearTimeout(timer);
        stop.removeEventListener('abort', finish);
        resolve();
      }
      stop.addEventListener('abort', finish);
    });
  }
}

/** What programs are told: the status as the operator writes it, and what was seen besides. */
function summarize({ stack, pods, claims, poolers, events }: StackView): object {
  const { name, namespace, generation } = stack.metadata;
  return {
    name,
    namespace,
    generation,
    status: statusOf(stack),
    pods: pods.map((pod) => ({
      name: pod.metadata.name,
      component: componentOf(pod),
      ready: isReady(pod),
      pooler: poolers.get(pod.metadata.name),
    })),
    volumes: claims.map((claim) => ({
      name: claim.metadata.name,
      component: componentOf(claim),
      phase: (claim.status as { phase?: string } | undefined)?.phase,
    })),
    events: events.map((event) => ({ ...event, at: new Date(event.at).toISOString() })),
  };
}
