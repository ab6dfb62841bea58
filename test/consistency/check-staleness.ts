import type { FaultSpan, Read, Violation, Write } from './history.ts';

/** How long after an acknowledgement a plain reader may still be shown an older page, in milliseconds. */
export type StalenessBounds = {
  /** Without faults: until an event has reached every process. */
  readonly calm: number;
  /** With faults: counted from the end of the last one that was going on in that time. */
  readonly fault: number;
};

type Acknowledged = { readonly version: number; readonly end: number; readonly due: number };

/** A plain read that began after a change was due to be seen by everybody shows it. */
export function checkStaleness(
  conversationId: string,
  reads: readonly Read[],
  writes: readonly Write[],
  faults: readonly FaultSpan[],
  bounds: StalenessBounds,
): Violation[] {
  const due = gather(writes, faults, bounds).sort((one, other) => one.due - other.due);
  const newest = newestSoFar(due);
  return reads.filter(isPlain).flatMap(({ session, start, version }) => {
    const count = countUntil(due, start, (change) => change.due);
    const expected = newest[count - 1];
    if (!expected || version >= expected.version) return [];
    const late = Math.round(start - expected.end);
    const detail = `${session} was shown version ${version}, ${late} ms after version ${expected.version} was acknowledged`;
    return [{ rule: 'staleness bound', conversationId, detail } as const];
  });
}

/** The longest time, in milliseconds, for which plain readers were shown a page after a newer version was acknowledged. */
export function measureStaleness(reads: readonly Read[], writes: readonly Write[]): number {
  const byEnd = gather(writes, [], { calm: 0, fault: 0 }).sort((one, other) => one.end - other.end);
  const newest = newestSoFar(byEnd);
  return reads.filter(isPlain).reduce((longest, { start, version }) => {
    const index = newest.findIndex((change) => change.version > version);
    const end = byEnd[index]?.end ?? Number.POSITIVE_INFINITY;
    return Math.max(longest, start - end);
  }, 0);
}

/** When a change that was acknowledged at `end` must be seen by everybody. */
export function findDue(start: number, end: number, faults: readonly FaultSpan[], bounds: StalenessBounds): number {
  let due = end + bounds.calm;
  for (;;) {
    const last = faults
      .filter((fault) => fault.start < due && fault.end + bounds.fault > due && fault.end >= start)
      .reduce((latest, fault) => Math.max(latest, fault.end), Number.NEGATIVE_INFINITY);
    if (last === Number.NEGATIVE_INFINITY) return due;
    due = Math.max(last, end) + bounds.fault;
  }
}

function gather(writes: readonly Write[], faults: readonly FaultSpan[], bounds: StalenessBounds): Acknowledged[] {
  return writes.flatMap(({ answer, start, end }) =>
    answer ? [{ version: answer.version, end, due: findDue(start, end, faults, bounds) }] : [],
  );
}

function newestSoFar(changes: readonly Acknowledged[]): Acknowledged[] {
  let newest: Acknowledged | undefined;
  return changes.map((change) => {
    newest = newest && newest.version > change.version ? newest : change;
    return newest;
  });
}

function countUntil<T>(sorted: readonly T[], limit: number, of: (item: T) => number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (of(sorted[middle] as T) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

function isPlain(read: Read): boolean {
  return read.minVersion === undefined;
}
