import type { FinalState, Read, Violation, Write } from './history.ts';

type Send = Write & { readonly intent: { readonly kind: 'send' } };

/** What is known of one stored message: it was committed between `start` and `end`. */
type Stored = { readonly id: string; readonly seq: number; readonly start: number; readonly end: number };

/**
 * Acknowledged sends against the final read of one conversation: none lost, none twice, none from nowhere, without gaps, and in
 * an order that agrees with real time. `told`: every page, which may show what a message was before it was edited or deleted.
 */
export function checkOrder(
  conversationId: string,
  writes: readonly Write[],
  told: readonly Read[],
  final: FinalState,
): Violation[] {
  const sends = writes.filter((write): write is Send => write.intent.kind === 'send');
  const rules = [findGaps(final), findLost(sends, final), findDoubles(sends, final), findInvented(sends, told, final)];
  return [...rules.flat(), ...findReordered(sends)].map((violation) => ({ ...violation, conversationId }));
}

type Found = Omit<Violation, 'conversationId'>;

function findGaps({ messages }: FinalState): Found[] {
  const index = messages.findIndex(({ seq }, position) => seq !== position + 1);
  if (index < 0) return [];
  return [{ rule: 'gap in seq', detail: `expected seq ${index + 1}, found ${messages[index]?.seq}` }];
}

function findLost(sends: readonly Send[], { messages }: FinalState): Found[] {
  const seqs = new Map(messages.map(({ id, seq }) => [id, seq]));
  return sends.flatMap(({ answer, intent }) => {
    if (!answer || seqs.get(answer.message.id) === answer.message.seq) return [];
    const { id, seq } = answer.message;
    const found = seqs.has(id) ? `at seq ${seqs.get(id)}` : 'nowhere';
    return [
      { rule: 'lost message', detail: `"${intent.content}" was acknowledged as ${id}, seq ${seq}; it is ${found}` },
    ];
  });
}

function findDoubles(sends: readonly Send[], { messages }: FinalState): Found[] {
  const found: Found[] = [];
  const owner = new Map<string, string>(); // content as it was sent → the one message that may have it
  const claim = (content: string, id: string, where: string) => {
    const first = owner.get(content) ?? id;
    owner.set(content, first);
    if (first !== id) found.push({ rule: 'double message', detail: `"${content}" is ${first}, and ${where} ${id}` });
  };
  for (const { answer, intent } of sends) if (answer) claim(intent.content, answer.message.id, 'was answered as');
  const sent = new Set(sends.map(({ intent }) => intent.content));
  for (const { id, content } of messages) if (sent.has(content)) claim(content, id, 'stands there as');
  const ids = new Set<string>();
  for (const { id } of messages) {
    if (ids.has(id)) found.push({ rule: 'double message', detail: `${id} stands there twice` });
    ids.add(id);
  }
  return found;
}

/** Messages that no send can have made: known neither by the id of an answer nor by a content that was sent, and shown at some time. */
function findInvented(sends: readonly Send[], told: readonly Read[], { messages }: FinalState): Found[] {
  const contents = new Set(sends.map(({ intent, userId }) => `${userId} ${intent.content}`));
  const shown = [...messages, ...told.flatMap((page) => page.messages)];
  const ids = new Set([
    ...sends.map(({ answer }) => answer?.message.id),
    ...shown.filter(({ userId, content }) => contents.has(`${userId} ${content}`)).map(({ id }) => id),
  ]);
  return messages
    .filter(({ id }) => !ids.has(id))
    .map(({ id, userId, content }) => ({ rule: 'invented message', detail: `${id} of ${userId}: "${content}"` }));
}

/** Each stored message with the narrowest time in which it can have been committed, whichever of its tries was answered. */
function gatherStored(sends: readonly Send[]): Stored[] {
  const stored = new Map<string, Stored>();
  for (const { answer, start, end } of sends) {
    if (!answer) continue;
    const { id, seq } = answer.message;
    const known = stored.get(id);
    stored.set(id, { id, seq, start: Math.min(start, known?.start ?? start), end: Math.min(end, known?.end ?? end) });
  }
  return [...stored.values()];
}

function findReordered(sends: readonly Send[]): Found[] {
  const stored = gatherStored(sends);
  const ended = stored.toSorted((one, other) => one.end - other.end);
  let highest: Stored | undefined;
  return stored
    .toSorted((one, other) => one.start - other.start)
    .flatMap((later) => {
      while (ended[0] && ended[0].end < later.start) {
        const [first] = ended.splice(0, 1);
        if (first && first.seq > (highest?.seq ?? 0)) highest = first;
      }
      if (!highest || highest.seq < later.seq) return [];
      const detail = `${later.id} was sent after ${highest.id} was acknowledged; their seqs are ${later.seq} and ${highest.seq}`;
      return [{ rule: 'reordered message', detail } as const];
    });
}
