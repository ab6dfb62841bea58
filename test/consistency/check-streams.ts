import type { FinalState, Position, Stream, StreamEvent, ToldMessage, Violation } from './history.ts';

/** Most messages that a catch-up must tell; a larger gap may be told to be one. */
const MOST_MISSED = 300;

type Subscribed = StreamEvent & { readonly kind: 'subscribed' };
type Note = (rule: Violation['rule'], detail: string) => void;

/**
 * A subscriber is told each message once, in the order of seq, over all its connections; at the end it knows every message
 * since it began, as the final read shows it, but for gaps that it was told of and that were too large to be filled.
 */
export function checkStream({ conversationId, subscriber, events }: Stream, final: FinalState): Violation[] {
  const violations: Violation[] = [];
  const note: Note = (rule, detail) =>
    void violations.push({ rule, conversationId, detail: `${subscriber} ${detail}` });
  const view = new View(note);
  for (const event of events) {
    if (event.kind === 'subscribed') view.subscribe(event);
    else view.tell(event.kind, event.version, event.message);
  }
  view.compare(final);
  return violations;
}

/** What a subscriber knows. */
class View {
  readonly #note: Note;
  readonly #known = new Map<number, { readonly version: number; readonly message: ToldMessage }>();
  #position: Position | undefined;

  constructor(note: Note) {
    this.#note = note;
  }

  subscribe(event: Subscribed): void {
    const before = this.#position;
    if (!before) this.#begin(event);
    else if (event.recovered) this.#recover(event, before);
    else this.#accept(event, before);
    this.#position = { seq: event.seq, version: Math.max(event.version, before?.version ?? 0) };
  }

  tell(kind: 'message' | 'changed', version: number, message: ToldMessage): void {
    const { seq = 0, version: known = 0 } = this.#position ?? {};
    if (!this.#position) this.#note('disordered stream', `was told seq ${message.seq} before it was subscribed`);
    if (kind === 'message' && message.seq !== seq + 1) {
      this.#note('disordered stream', `was told seq ${message.seq} after ${seq}`);
    }
    if (this.#position && version !== known + 1) {
      this.#note('disordered stream', `was told version ${version} after ${known}`);
    }
    if (kind === 'changed' && message.seq > seq) {
      this.#note('disordered stream', `was told a change of seq ${message.seq} before it was told that message`);
    }
    this.#learn(version, message);
    this.#position = { seq: Math.max(seq, message.seq), version: Math.max(known, version) };
  }

  /** Everything that was told, or was to be told, against what is there at the end. */
  compare({ version, messages }: FinalState): void {
    const { seq = 0, version: known = 0 } = this.#position ?? {};
    if (seq !== messages.length || known !== version) {
      const ends = `ends at seq ${seq}, version ${known}; the conversation at ${messages.length}, ${version}`;
      this.#note('lost event', ends);
    }
    for (const message of messages) {
      const told = this.#known.get(message.seq);
      if (!told || JSON.stringify(told.message) === JSON.stringify(message)) continue;
      const detail = `knows ${JSON.stringify(told.message)} of version ${told.version}; it is ${JSON.stringify(message)}`;
      this.#note('lost event', detail);
    }
  }

  #begin({ messages, recovered, from, seq, version }: Subscribed): void {
    this.#expectMessages(messages, from && recovered ? from.seq : seq, seq);
    for (const message of messages) this.#learn(version, message);
  }

  #recover({ messages, changed, seq, version, from }: Subscribed, before: Position): void {
    const start = from?.seq ?? before.seq;
    if (seq - start > MOST_MISSED) {
      this.#note('dishonest gap', `missed ${seq - start} messages and was told to have them all`);
    }
    this.#expectMessages(messages, start, seq);
    for (const message of [...messages, ...changed]) this.#learn(version, message);
  }

  /** A gap that could not be filled: what was known may have changed unseen. */
  #accept({ seq, version, from }: Subscribed, before: Position): void {
    const start = from ?? before;
    const isExcused = seq - start.seq > MOST_MISSED || version - start.version > MOST_MISSED;
    if (!isExcused && start.seq <= seq && start.version <= version) {
      this.#note('dishonest gap', `missed ${seq - start.seq} messages and was told that they are too many`);
    }
    this.#known.clear();
  }

  #expectMessages(messages: readonly ToldMessage[], start: number, end: number): void {
    const seqs = messages.map(({ seq }) => seq);
    if (seqs.length === Math.max(end - start, 0) && seqs.every((seq, index) => seq === start + 1 + index)) return;
    this.#note('disordered stream', `expected seq ${start + 1} to ${end}, was told ${seqs.join(' ') || 'none'}`);
  }

  #learn(version: number, message: ToldMessage): void {
    const known = this.#known.get(message.seq);
    if (!known || known.version <= version) this.#known.set(message.seq, { version, message });
  }
}
