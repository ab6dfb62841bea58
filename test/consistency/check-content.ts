import type { FinalState, Read, ToldMessage, Violation, Write } from './history.ts';

/** What a message shows of one thing that can change: its content, or whether somebody gave it an emoji. */
type Value = string;

const DELETED: Value = 'deleted';
const content = (text: string): Value => `content ${text}`;

/** A value that was acknowledged. Its version may be too high where a repeat was answered, never too low. */
type Acknowledged = { readonly version: number; readonly value: Value; readonly start: number };

/** What is known of one such thing: the values it took at known versions, and those it may have taken at any. */
type Register = { readonly known: Acknowledged[]; readonly possible: Set<Value> };

/**
 * A page shows of each message what the newest acknowledged change up to its version made of it, or a newer one that had begun
 * by then, or one whose outcome nobody knows. What two pages of one version tell differently is found elsewhere (check-pages.ts).
 */
export function checkContent(
  conversationId: string,
  reads: readonly Read[],
  writes: readonly Write[],
  final: FinalState,
): Violation[] {
  const registers = gatherRegisters(writes);
  const states = [...reads, { ...final, session: 'the final read', end: Number.POSITIVE_INFINITY }];
  return states.flatMap(({ version, messages, session, end }) =>
    messages.flatMap((message) =>
      [...(registers.get(message.id) ?? [])].flatMap(([thing, register]) => {
        const shown = show(message, thing);
        const latest = findLatest(register, version);
        const isGone = thing !== 'content' && message.deletedAt !== undefined; // a deleted message has no reactions
        if (isGone ? shown === 'absent' : isAllowed(register, latest, shown, end)) return [];
        const rule = latest?.value === DELETED ? 'deleted content' : 'outdated content';
        const detail = `${session} was shown ${thing} of ${message.id} as "${shown}" at version ${version}; it became "${latest?.value}" with version ${latest?.version}`;
        return [{ rule, conversationId, detail } as const];
      }),
    ),
  );
}

function gatherRegisters(writes: readonly Write[]): Map<string, Map<string, Register>> {
  const messages = new Map<string, Map<string, Register>>();
  for (const { intent, answer, userId, start } of writes) {
    const id = intent.kind === 'send' ? answer?.message.id : intent.messageId;
    if (id === undefined) continue; // a send nobody said yes to, for which see allowUnanswered
    const registers = messages.get(id) ?? new Map<string, Register>();
    messages.set(id, registers);
    const { thing, value } = describe(intent, userId);
    const register = registers.get(thing) ?? { known: [], possible: new Set() };
    registers.set(thing, register);
    if (intent.kind === 'send') register.known.push({ version: 0, value, start });
    else if (answer) register.known.push({ version: answer.version, value, start });
    else register.possible.add(value);
  }
  allowUnanswered(messages, writes);
  return messages;
}

/** A message that was changed, and whose send nobody said yes to, may show what such a send sent. */
function allowUnanswered(messages: Map<string, Map<string, Register>>, writes: readonly Write[]): void {
  const sent = writes.flatMap(({ intent, answer }) => (intent.kind === 'send' && !answer ? [intent.content] : []));
  const registers = [...messages.values()].flatMap((things) => things.get('content') ?? []);
  for (const { known, possible } of registers)
    if (!known.some(({ version }) => version === 0)) for (const text of sent) possible.add(content(text));
}

function describe(intent: Write['intent'], userId: string): { thing: string; value: Value } {
  if (intent.kind === 'send' || intent.kind === 'edit') return { thing: 'content', value: content(intent.content) };
  if (intent.kind === 'delete') return { thing: 'content', value: DELETED };
  return { thing: `${intent.emoji} ${userId}`, value: intent.kind === 'react' ? 'given' : 'absent' };
}

function show(message: ToldMessage, thing: string): Value {
  if (thing === 'content') {
    // A deleted message must have lost its content as well.
    return message.deletedAt !== undefined && message.content === '' ? DELETED : content(message.content);
  }
  const [emoji = '', userId = ''] = thing.split(' ');
  return message.reactions?.[emoji]?.includes(userId) ? 'given' : 'absent';
}

function findLatest({ known }: Register, version: number): Acknowledged | undefined {
  const past = known.filter((change) => change.version <= version);
  return past.toSorted((one, other) => one.version - other.version).at(-1);
}

function isAllowed(
  { known, possible }: Register,
  latest: Acknowledged | undefined,
  shown: Value,
  end: number,
): boolean {
  if (possible.has(shown) || latest?.value === shown) return true;
  if (!latest && shown === 'absent') return true; // nobody gave that emoji yet
  return known.some(({ version, value, start }) => value === shown && version >= (latest?.version ?? 0) && start < end);
}
