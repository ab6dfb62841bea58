import { stringify } from 'yaml';
import type { KubernetesObject } from '../runtime/object.ts';
import { type Change, type Comparison, essenceOf } from './compare-stack.ts';
import { diffLines, selectHunks } from './line-diff.ts';
import type { Display } from './machine.ts';
import { cutTo, type Paint, painterOf } from './text-view.ts';

/** Prints what an apply would do: each object with its changed lines, then what that means for pods. */
export function describeComparison(name: string, { changes, unchanged, notes }: Comparison, display: Display): string {
  const paint = painterOf(display);
  const columns = display.isTerminal ? display.columns : Number.POSITIVE_INFINITY;
  const count = (is: (change: Change) => boolean) => changes.filter(is).length;
  const created = count(({ before }) => before === undefined);
  const deleted = count(({ after }) => after === undefined);
  const sum =
    changes.length === 0
      ? `ChatStack ${name}: an apply would change nothing (${unchanged} objects as they are)`
      : `ChatStack ${name}: ${created} to create, ${changes.length - created - deleted} to change, ${deleted} to delete, ${unchanged} as they are`;
  const consequences = describeConsequences(changes);
  return [
    ...changes.map((change) => `${describeChange(change, paint, columns).join('\n')}\n`),
    paint('bold', sum),
    ...consequences.map((each) => `  ${paint('yellow', each)}`),
    ...notes.map((each) => `  note: ${each}`),
    '',
  ].join('\n');
}

function describeChange({ before, after }: Change, paint: Paint, columns: number): string[] {
  const title = titleOf(after ?? before);
  if (after === undefined) return [paint('red', `- ${title}, deleted once the service has rolled out`)];
  if (before === undefined) return [paint('green', `+ ${title}, created`)];
  const texts = [before, after].map((each) =>
    stringify(essenceOf(each), { lineWidth: 0, aliasDuplicateObjects: false }),
  );
  const lines = selectHunks(diffLines(texts[0] ?? '', texts[1] ?? '')).map((line) => {
    if (line === undefined) return paint('dim', '    …');
    const text = cutTo(`    ${line.sign} ${line.text}`, columns);
    if (line.sign === ' ') return paint('dim', text);
    return paint(line.sign === '+' ? 'green' : 'red', text);
  });
  return [paint('yellow', `~ ${title}, changed`), ...lines];
}

const titleOf = (object: KubernetesObject | undefined): string => `${object?.kind} ${object?.metadata.name}`;

interface Template {
  metadata?: object;
  spec?: { containers?: { image?: string; resources?: object }[] };
}

const templateOf = (object: KubernetesObject | undefined): Template | undefined =>
  (object?.spec as { template?: Template } | undefined)?.template;

const replicasOf = (object: KubernetesObject | undefined): number =>
  (object?.spec as { replicas?: number } | undefined)?.replicas ?? 1;

/** What changes mean for what runs: which pods are replaced and why, what is reloaded, what runs. */
export function describeConsequences(changes: readonly Change[]): string[] {
  const changed = changes.filter(({ before, after }) => before !== undefined && after !== undefined);
  const rolls = changed.flatMap((change) => describeRoll(change));
  const isRolling = (name: string) => rolls.some((each) => each.startsWith(`${name} `));
  const reloads = changed.flatMap(({ after }) =>
    after?.kind === 'ConfigMap' && after.metadata.name.endsWith('-pgbouncer') && !isRolling(after.metadata.name)
      ? [`${after.metadata.name} is reloaded: its settings change, no pod restarts and no connection ends`]
      : [],
  );
  const migrations = changes.flatMap(({ before, after }) =>
    before === undefined && after?.kind === 'Job' ? [`the database is migrated (Job ${after.metadata.name})`] : [],
  );
  return [...rolls, ...reloads, ...migrations];
}

function describeRoll({ before, after }: Change): string[] {
  if (after?.kind !== 'Deployment' && after?.kind !== 'StatefulSet') return [];
  const { name } = after.metadata;
  const [old, young] = [templateOf(before), templateOf(after)];
  const [from, to] = [replicasOf(before), replicasOf(after)];
  const scaled = from === to ? [] : [`${name} is scaled from ${from} to ${to} pods`];
  if (JSON.stringify(old) === JSON.stringify(young)) return scaled;
  const order =
    after.kind === 'StatefulSet' || isRecreated(after) ? 'ends before a new one starts' : 'one after another';
  const pods = from === 1 ? 'its pod is replaced' : `its ${from} pods are replaced`;
  return [`${name} rolls: ${pods}, ${order}, because of ${describeReasons(old, young).join(', ')}`, ...scaled];
}

const isRecreated = ({ spec }: KubernetesObject): boolean =>
  (spec as { strategy?: { type?: string } }).strategy?.type === 'Recreate';

function describeReasons(old: Template | undefined, young: Template | undefined): string[] {
  const [one, other] = [old?.spec?.containers?.[0], young?.spec?.containers?.[0]];
  const differs = (first: unknown, second: unknown) => JSON.stringify(first) !== JSON.stringify(second);
  const reasons = [
    ...(one?.image === other?.image ? [] : [`its image (${one?.image} → ${other?.image})`]),
    ...(differs(one?.resources, other?.resources) ? ['its resources'] : []),
    ...(differs(old?.metadata, young?.metadata) ? ['settings that only a restart brings into force'] : []),
  ];
  return reasons.length > 0 ? reasons : ['its pod template'];
}
