import type { PoolsAnswer } from '../pgbouncer-admin/ask-pools.ts';
import { componentOf } from '../reconcile/child-kinds.ts';
import { findPodTrouble } from '../status/pod-trouble.ts';
import type { StackStatus } from '../status/stack-status.ts';
import type { Display } from './machine.ts';
import { isReady, type StackView } from './observe-status.ts';
import { conditionsOf, isAsWished, isUnderWay, statusOf } from './stack-conditions.ts';
import {
  type Branch,
  cutTo,
  describeSpan,
  drawTree,
  type Paint,
  padTo,
  painterOf,
  type Tone,
  wrapText,
} from './text-view.ts';

type Component = NonNullable<StackStatus['components']>[number];

/** What a description needs besides the view. */
interface Drawing {
  readonly view: StackView;
  readonly paint: Paint;
  readonly columns: number;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Events that are shown. */
const shownEvents = 6;

/** Draws a stack as a tree: components with their pods, volumes and pools, the budget, conditions and Events. */
export function describeStatus(view: StackView, display: Display, now: number): string {
  const drawing: Drawing = { view, paint: painterOf(display), columns: display.columns, now };
  const branches = [
    ...(statusOf(view.stack).components ?? []).map((each) => describeComponent(each, drawing)),
    ...describeBudget(drawing),
    ...describeBackups(drawing),
    ...describePasswords(drawing),
    describeConditions(drawing),
    describeEvents(drawing),
  ];
  return `${[...describeHead(drawing), ...drawTree(branches, drawing.paint)].join('\n')}\n`;
}

function describeHead({ view, paint, columns, now }: Drawing): string[] {
  const { metadata, spec } = view.stack;
  const { size = 'small' } = (spec ?? {}) as { size?: string };
  const age = describeSpan(now - Date.parse(metadata.creationTimestamp ?? ''));
  const ready = conditionsOf(view.stack).find(({ type }) => type === 'Ready');
  const state =
    ready?.status === 'True' ? paint('green', 'Ready') : paint('red', `not Ready: ${ready?.reason ?? 'no status yet'}`);
  const isBehind = statusOf(view.stack).observedGeneration !== metadata.generation;
  const { endpoints } = statusOf(view.stack);
  return [
    `ChatStack ${paint('bold', metadata.name)} in ${metadata.namespace}, size ${size}, ${age} old: ${state}`,
    ...(isBehind
      ? [paint('yellow', 'The operator has not seen the newest spec yet. Does it run? See: chatstack doctor')]
      : []),
    ...(endpoints ? [paint('dim', cutTo(endpoints.service, columns))] : []),
  ];
}

function describeComponent({ name, ready, desired, image }: Component, drawing: Drawing): Branch {
  const { view, paint, columns } = drawing;
  const counts = `${ready}/${desired}`;
  const state = ready >= desired && desired > 0 ? paint('green', counts) : paint('yellow', counts);
  const pods = view.pods.filter((pod) => componentOf(pod) === name);
  const claims = view.claims.filter((claim) => componentOf(claim) === name);
  return {
    text: `${paint('bold', name.padEnd(9))} ${padTo(state, 4)} ${paint('dim', cutTo(image ?? '', columns - 18))}`,
    below: [
      ...(name === 'pgbouncer' ? describePool(drawing) : []),
      ...claims.map((claim) => ({ text: cutTo(describeClaim(claim), columns - 8) })),
      ...pods.map((pod) => describePod(pod, drawing)),
    ],
  };
}

function describePool({ view, columns }: Drawing): Branch[] {
  const { pool } = statusOf(view.stack);
  if (pool === undefined) return [];
  const text = `pool ${pool.size} + ${pool.reserve} reserve, at least ${pool.min}; each service process may hold ${pool.perService}`;
  return [{ text: cutTo(text, columns - 6) }];
}

function describeClaim({ metadata, spec, status }: StackView['claims'][number]): string {
  const { phase = 'Pending', capacity } = (status ?? {}) as { phase?: string; capacity?: { storage?: string } };
  const { resources, storageClassName } = (spec ?? {}) as {
    resources?: { requests?: { storage?: string } };
    storageClassName?: string;
  };
  const size = capacity?.storage ?? resources?.requests?.storage ?? '';
  return `volume ${metadata.name} ${size} ${phase}${storageClassName === undefined ? '' : ` (${storageClassName})`}`;
}

function describePod(pod: StackView['pods'][number], { view, paint, columns, now }: Drawing): Branch {
  const { phase = 'Pending', containerStatuses = [] } = (pod.status ?? {}) as {
    phase?: string;
    containerStatuses?: { restartCount?: number }[];
  };
  const restarts = containerStatuses.reduce((sum, { restartCount = 0 }) => sum + restartCount, 0);
  const age = describeSpan(now - Date.parse(pod.metadata.creationTimestamp ?? ''));
  const state = describePhase(pod, phase);
  const tone = isReady(pod) || phase === 'Succeeded' ? 'green' : 'yellow';
  const head = `${pod.metadata.name} ${paint(tone, state)} ${age}${restarts > 0 ? paint('yellow', `, ${restarts} restarts`) : ''}`;
  const trouble = findPodTrouble([pod]);
  const answer = view.poolers.get(pod.metadata.name);
  return {
    text: head,
    below: [
      ...(trouble ? wrapText(trouble.message, columns - 9).map((text) => ({ text: paint('red', text) })) : []),
      ...(answer ? describePooler(answer, paint, columns - 9) : []),
    ],
  };
}

function describePhase(pod: StackView['pods'][number], phase: string): string {
  if (pod.metadata.deletionTimestamp !== undefined) return 'ending';
  if (isReady(pod)) return 'ready';
  return phase === 'Running' ? 'running, not ready' : phase.toLowerCase();
}

function describePooler(answer: PoolsAnswer, paint: Paint, width: number): Branch[] {
  if (answer.kind === 'unreachable') {
    return wrapText(`waits unknown: ${answer.reason}`, width).map((text) => ({ text: paint('dim', text) }));
  }
  if (answer.pools.length === 0) return [{ text: paint('dim', 'no clients now') }];
  return answer.pools.map((pool) => {
    const waits = `${pool.waitingClients} waiting`;
    const longest = pool.waitingClients > 0 ? ` (first ${Math.round(pool.longestWaitMilliseconds)} ms)` : '';
    const servers = `${pool.activeServers} of ${pool.activeServers + pool.idleServers} servers busy`;
    const text = `${pool.user}: ${pool.activeClients} active, ${waits}${longest}; ${servers}`;
    return { text: paint(pool.waitingClients > 0 ? 'yellow' : 'dim', cutTo(text, width)) };
  });
}

function describeBudget({ view, paint, columns }: Drawing): Branch[] {
  const { connectionBudget: budget } = statusOf(view.stack);
  if (budget === undefined) return [];
  const sum = `${budget.total} of ${budget.maxConnections} connections, ${budget.headroom} spare`;
  return [
    {
      text: `${paint('bold', 'budget'.padEnd(9))} ${budget.headroom >= 0 ? paint('green', sum) : paint('red', sum)}`,
      below: budget.lines.map(({ name, connections, reason }) => ({
        text: cutTo(`${String(connections).padStart(4)}  ${name}: ${reason}`, columns - 6),
      })),
    },
  ];
}

/** The newest backup, one that failed since, and a restore under way. */
function describeBackups({ view, paint, columns, now }: Drawing): Branch[] {
  const { backup, restore } = statusOf(view.stack);
  const success = backup?.lastSuccess;
  const failure = backup?.lastFailure;
  const hasFailed = failure !== undefined && (success === undefined || failure.at > success.at);
  const age = (at: string) => describeSpan(now - Date.parse(at));
  const newest =
    success === undefined ? 'none yet' : `the newest ${success.id}, ${age(success.at)} old, ${success.rows} rows`;
  const wrapped = (tone: Tone, text: string): Branch[] =>
    wrapText(text, columns - 6).map((line) => ({ text: paint(tone, line) }));
  const below = [
    ...(hasFailed ? wrapped('red', `failed ${age(failure.at)} ago: ${failure.message}`) : []),
    ...(restore ? wrapped(restoreTones[restore.phase], `restore ${restore.phase}: ${restore.message}`) : []),
  ];
  if (backup === undefined && below.length === 0) return [];
  const text = backup === undefined ? 'none are scheduled' : `${backup.schedule} (UTC), ${newest}`;
  return [{ text: `${paint('bold', 'backups'.padEnd(9))} ${cutTo(text, columns - 14)}`, below }];
}

/** When passwords were rotated, or are; nothing where nobody ever asked. */
function describePasswords({ view, paint, columns, now }: Drawing): Branch[] {
  const { credentials } = statusOf(view.stack);
  if (credentials === undefined) return [];
  const { phase, message, lastRotation, nextRotation } = credentials;
  if (phase === 'Current' && lastRotation === undefined && nextRotation === undefined) return [];
  const times = [
    ...(lastRotation === undefined ? [] : [`rotated ${describeSpan(now - Date.parse(lastRotation))} ago`]),
    ...(nextRotation === undefined ? [] : [`due in ${describeSpan(Math.max(Date.parse(nextRotation) - now, 0))}`]),
  ];
  const text = [...(phase === 'Current' ? [] : [phase]), ...times].join(', ');
  const tone = phase === 'Failed' || phase === 'Refused' ? 'red' : 'yellow';
  const below = phase === 'Current' ? [] : wrapText(message, columns - 6).map((line) => ({ text: paint(tone, line) }));
  return [{ text: `${paint('bold', 'passwords')} ${cutTo(text, columns - 14)}`, below }];
}

const restoreTones = {
  Stopping: 'yellow',
  Restoring: 'yellow',
  Complete: 'green',
  Failed: 'red',
  Refused: 'red',
} as const satisfies Record<NonNullable<StackStatus['restore']>['phase'], Tone>;

function describeConditions({ view, paint, columns, now }: Drawing): Branch {
  const conditions = conditionsOf(view.stack);
  const others = conditions.filter((each) => !isAsWished(each) || isUnderWay(each));
  const count = conditions.length - others.length;
  return {
    text: `${paint('bold', 'conditions')} ${count === 0 ? 'none yet' : paint('green', `${count} as wished`)}`,
    below: others.map((each) => ({
      text: `${paint(isUnderWay(each) ? 'yellow' : 'red', `${each.type}=${each.status}`)} ${each.reason}, since ${describeSpan(now - Date.parse(each.lastTransitionTime))}`,
      below: wrapText(each.message, columns - 9).map((text) => ({ text })),
    })),
  };
}

function describeEvents({ view, paint, columns, now }: Drawing): Branch {
  const events = view.events.slice(-shownEvents);
  const { length } = view.events;
  const head = length === 0 ? 'none in the last hour or so' : `the last ${events.length} of ${length}`;
  return {
    text: `${paint('bold', 'events')} ${head}`,
    below: events.map(({ type, reason, message, count, at }) => {
      const times = count > 1 ? ` (${count} times)` : '';
      const age = describeSpan(now - at).padStart(4);
      const text = cutTo(`${reason}${times}: ${message.replaceAll('\n', ' ')}`, columns - 11);
      return { text: `${paint('dim', age)} ${type === 'Warning' ? paint('yellow', text) : text}` };
    }),
  };
}
