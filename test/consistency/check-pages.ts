import type { FinalState, PagePlace, Read, ToldMessage, Violation, Write } from './history.ts';

type Found = Omit<Violation, 'conversationId'>;

/**
 * Pages and answers of one conversation against each other: one order for all, and each page is the whole of what its place
 * held at its version. That needs no model of the service: a version is a state, so all that was told of it must agree.
 */
export function checkPages(
  conversationId: string,
  reads: readonly Read[],
  writes: readonly Write[],
  final: FinalState,
): Violation[] {
  const rules = [findForks(reads, writes, final), reads.flatMap(findMissing), findTorn(reads, final)];
  return [...rules.flat(), ...findShort(reads, writes, final)].map((violation) => ({ ...violation, conversationId }));
}

function findForks(reads: readonly Read[], writes: readonly Write[], final: FinalState): Found[] {
  const found: Found[] = [];
  const idAt = new Map<number, string>();
  const seqOf = new Map<string, number>();
  const compare = ({ id, seq }: ToldMessage, who: string) => {
    if ((idAt.get(seq) ?? id) !== id || (seqOf.get(id) ?? seq) !== seq) {
      const detail = `${who} tells ${id} at seq ${seq}; before it was ${idAt.get(seq)} at ${seqOf.get(id) ?? seq}`;
      found.push({ rule: 'forked order', detail });
    }
    idAt.set(seq, id);
    seqOf.set(id, seq);
  };
  for (const message of final.messages) compare(message, 'the final read');
  for (const { answer, userId } of writes) if (answer) compare(answer.message, `an answer to ${userId}`);
  for (const { session, messages } of reads) for (const message of messages) compare(message, session);
  return found;
}

/** Holes in a page, and pages that end before their place does. */
function findMissing({ place, session, version, messages }: Read): Found[] {
  const seqs = messages.map(({ seq }) => seq);
  const [newest = 0] = seqs;
  const oldest = seqs.at(-1) ?? 0;
  const isWhole = seqs.every((seq, index) => seq === newest - index) && isComplete(place, newest, oldest, seqs.length);
  if (isWhole) return [];
  const detail = `${session} was shown ${seqs.join(' ')} at version ${version} for ${JSON.stringify(place)}`;
  return [{ rule: 'torn page', detail }];
}

/** Whether a page without holes is as long as its place lets it be, as far as the page alone can tell. */
function isComplete(place: PagePlace, newest: number, oldest: number, count: number): boolean {
  if (count > place.limit) return false;
  if ('offset' in place) return count === place.limit || count === 0 || oldest === 1;
  if ('before' in place) return newest < place.before && (count === place.limit || count === 0 || oldest === 1);
  if ('after' in place) return count === 0 || oldest === place.after + 1;
  return count === 0 || (oldest <= place.around && place.around <= newest) || newest < place.around;
}

/** What different pages tell of one seq at one version. */
function findTorn(reads: readonly Read[], final: FinalState): Found[] {
  const found: Found[] = [];
  const told = new Map<string, string>();
  const states = [...reads, { ...final, session: 'the final read' }];
  for (const { version, session, messages } of states) {
    for (const message of messages) {
      const key = `${version} ${message.seq}`;
      const text = JSON.stringify(message);
      const before = told.get(key) ?? text;
      told.set(key, before);
      if (before === text) continue;
      found.push({ rule: 'torn page', detail: `version ${version} tells ${before}, and to ${session} ${text}` });
    }
  }
  return found;
}

/** Where a version ends, as a page tells it; `isAtMost`: there or earlier. */
type Extent = { readonly version: number; readonly lastSeq: number; readonly who: string; readonly isAtMost?: boolean };

/** How many messages a version has must not depend on who asks, nor shrink, nor grow faster than versions do. */
function findShort(reads: readonly Read[], writes: readonly Write[], final: FinalState): Found[] {
  const told = reads.flatMap(readExtent);
  const ends = [{ version: 0, lastSeq: 0, who: 'the beginning' }, ...told];
  ends.push({ version: final.version, lastSeq: final.messages.length, who: 'the final read' });
  ends.sort((one, other) => one.version - other.version || one.lastSeq - other.lastSeq);
  const exact = ends.filter((end: Extent) => !end.isAtMost);
  const uneven = exact.flatMap((one, index) => {
    const next = exact[index + 1] ?? one;
    const growth = next.lastSeq - one.lastSeq;
    if (growth >= 0 && growth <= next.version - one.version) return [];
    const detail = `version ${one.version} ends at ${one.lastSeq} (${one.who}), version ${next.version} at ${next.lastSeq} (${next.who})`;
    return [{ rule: 'torn page', detail } as const];
  });
  return [...uneven, ...findUnshown(ends, writes)];
}

function readExtent({ place, version, messages, session: who }: Read): Extent[] {
  const [newest] = messages;
  const exact = (lastSeq: number) => [{ version, who, lastSeq }];
  if ('offset' in place) {
    return newest ? exact(newest.seq + place.offset) : [{ version, who, lastSeq: place.offset, isAtMost: true }];
  }
  if ('after' in place && messages.length < place.limit) {
    return newest ? exact(newest.seq) : [{ version, who, lastSeq: place.after, isAtMost: true }];
  }
  return 'before' in place && newest && newest.seq < place.before - 1 ? exact(newest.seq) : [];
}

/** Pages that claim a version at which a message was acknowledged, and end before that message. */
function findUnshown(ends: readonly Extent[], writes: readonly Write[]): Found[] {
  const answers = writes.flatMap(({ answer }) => (answer ? [answer] : []));
  answers.sort((one, other) => one.version - other.version);
  let next = 0;
  let least = 0;
  return ends.flatMap(({ version, lastSeq, who }) => {
    for (; (answers[next]?.version ?? Number.POSITIVE_INFINITY) <= version; next += 1) {
      least = Math.max(least, answers[next]?.message.seq ?? 0);
    }
    if (lastSeq >= least) return [];
    return [
      { rule: 'torn page', detail: `${who} saw version ${version} end at ${lastSeq}; it has seq ${least}` } as const,
    ];
  });
}
