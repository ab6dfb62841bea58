import { explainPlan } from '@chatstack/stack/plan/explain.ts';
import type { StackPlan } from '@chatstack/stack/plan/stack-plan.ts';
import { listObjects } from '@chatstack/stack/render/kubernetes/manifest.ts';
import { renderKubernetes } from '@chatstack/stack/render/kubernetes/render-kubernetes.ts';
import { clusterOptions, openPlace } from '../cluster-options.ts';
import { type Arguments, type Command, exitCodes, UsageError } from '../command.ts';
import { compareStack } from '../compare-stack.ts';
import { describeComparison } from '../describe-comparison.ts';
import type { Machine } from '../machine.ts';
import { manifestOptions, planManifest, readGiven } from '../plan-manifest.ts';

/** `chatstack plan`. */
export const planCommand: Command = {
  name: 'plan',
  summary: 'every decision with its reason, and the connection budget; --diff: what an apply would change',
  description: `Prints what the operator would decide for each ChatStack of FILE: its objects, sizes, pools, replicas and images, each number with
the reason and the source of its formula, and both sums of connections against what they must not exceed. Nothing is contacted.

With --diff, prints what an apply of FILE would change in the cluster instead: each object's changed lines, what would be deleted, and which pods
would be replaced and why. The API server tries every object (a dry run), and nothing is written; that takes the right to patch them.`,
  operands: [],
  options: {
    ...manifestOptions,
    ...clusterOptions,
    diff: { short: 'd', description: 'compare with the cluster' },
    upgrade: { description: 'with --diff: as after chatstack upgrade' },
    'exit-code': { description: `with --diff: exit with ${exitCodes.changes.code} when something would change` },
  },
  examples: [
    ['why these numbers?', 'chatstack plan -f examples/large.yaml'],
    ['what would an apply do?', 'chatstack plan -f acme.yaml -n chat --diff'],
    ['a check in a pipeline: 0 unchanged, 3 changed', 'chatstack plan -f acme.yaml --diff --exit-code'],
  ],
  async run(args, machine) {
    if (args.flags.has('diff')) return compareAll(args, machine);
    const needsDiff =
      ['upgrade', 'exit-code'].find((name) => args.flags.has(name)) ??
      ['context', 'kubeconfig'].find((name) => args.values[name]);
    if (needsDiff !== undefined) throw new UsageError(`plan: expected --diff beside --${needsDiff}, found none`);
    const plans = readGiven('plan', args, machine).map((each) => planManifest(each, 'kubernetes', args));
    machine.out(plans.map((plan) => `${explainPlan(plan).trimEnd()}\n\n${listNames(plan)}`).join('\n'));
    return exitCodes.done.code;
  },
};

/** Every object of the stack by kind and name. */
function listNames(plan: StackPlan): string {
  const objects = listObjects(renderKubernetes(plan, { namespace: plan.namespace, credentialsRevision: '' }));
  const rows = [
    ['Secret', plan.credentialsName, 'passwords, made once'],
    ['ConfigMap', `${plan.name}-plan`, 'the record of this plan'],
    ...objects.map(({ kind, metadata }) => [kind, metadata.name, '']),
  ];
  const [kinds, names] = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map(([kind = '', name = '', note = '']) =>
    `  ${kind.padEnd(kinds ?? 0)}  ${name.padEnd(names ?? 0)}  ${note}`.trimEnd(),
  );
  return `Objects in namespace ${plan.namespace}\n${lines.join('\n')}\n`;
}

async function compareAll(args: Arguments, machine: Machine): Promise<number> {
  const manifests = readGiven('plan', args, machine);
  const place = await openPlace(args, machine);
  let changes = 0;
  for (const manifest of manifests) {
    const { namespace = place.namespace } = manifest;
    if (args.values.namespace !== undefined && namespace !== args.values.namespace) {
      throw new UsageError(
        `-n: expected ${namespace}, the namespace of ChatStack ${manifest.name}, found ${args.values.namespace}`,
      );
    }
    const options = { serviceImage: args.values['service-image'], upgrade: args.flags.has('upgrade') };
    const comparison = await compareStack({ ...place, namespace }, manifest, options);
    changes += comparison.changes.length;
    machine.out(describeComparison(manifest.name, comparison, machine.display));
  }
  return args.flags.has('exit-code') && changes > 0 ? exitCodes.changes.code : exitCodes.done.code;
}
