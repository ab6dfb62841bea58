import type { Message } from '../../messages.ts';

/** A message that the service has not acknowledged (yet). */
export type PendingMessage = {
  readonly clientMessageId: string;
  readonly content: string;
  readonly replyToId?: string | undefined;
  readonly createdAt: string;
  readonly status: 'sending' | 'failed';
  /** Why it failed, for people. */
  readonly reason?: string;
};

/** A page of messages, in any order, with the version of the conversation that it shows. */
export type LoadedPage = { readonly messages: readonly Message[]; readonly version: number };

type Entry = { readonly message: Message; readonly version: number };

/**
 * The messages of a conversation that are shown: a stretch of seqs without a gap, which reaches up to the newest unless
 * `hasNewer`. Pages, events and answers may come in any order: of each message the newest version stays.
 */
export class Timeline {
  hasOlder = false;
  hasNewer = false;
  #entries: Entry[] = [];
  #pending: PendingMessage[] = [];
  /** Own messages that came as events while their send was under way, by the clientMessageId they must be of. */
  readonly #adopted = new Map<string, string>();

  get messages(): readonly Message[] {
    return this.#entries.map(({ message }) => message);
  }

  /** What is under way or failed, without what is there already. */
  get pending(): readonly PendingMessage[] {
    return this.#pending.filter(({ clientMessageId }) => !this.#adopted.has(clientMessageId));
  }

  get firstSeq(): number | undefined {
    return this.#entries[0]?.message.seq;
  }

  get lastSeq(): number | undefined {
    return this.#entries.at(-1)?.message.seq;
  }

  find(messageId: string): Message | undefined {
    return this.#entries.find(({ message }) => message.id === messageId)?.message;
  }

  /** Shows this page instead of what was shown. */
  show(page: LoadedPage, hasOlder: boolean, hasNewer: boolean): void {
    const before = new Map(this.#entries.map((entry) => [entry.message.id, entry]));
    const fresh = page.messages.map((message) => newer({ message, version: page.version }, before.get(message.id)));
    this.#entries = fresh.sort(bySeq);
    this.hasOlder = hasOlder;
    this.hasNewer = hasNewer;
    if (hasNewer) return;
    // What came as an event while the page was read is no gap, as long as it follows.
    for (const entry of before.values()) if (entry.message.seq === (this.lastSeq ?? 0) + 1) this.#entries.push(entry);
  }

  /** Puts a page before or behind what is shown. */
  extend(page: LoadedPage, side: 'older' | 'newer', hasMore: boolean): void {
    const [first = Number.POSITIVE_INFINITY, last = 0] = [this.firstSeq, this.lastSeq];
    const fits = ({ seq }: Message) => (side === 'older' ? seq < first : seq > last);
    const added = page.messages.filter(fits).map((message) => ({ message, version: page.version }));
    this.#entries = [...this.#entries, ...added].sort(bySeq);
    if (side === 'older') this.hasOlder = hasMore;
    else this.hasNewer = hasMore;
  }

  /** Takes a message that came as an event or an answer: a new one at the end, or a newer version of one that is shown. */
  take(message: Message, version: number): void {
    const index = this.#entries.findIndex((entry) => entry.message.id === message.id);
    const known = this.#entries[index];
    if (known) this.#entries[index] = newer({ message, version }, known);
    else if (!this.hasNewer && message.seq > (this.lastSeq ?? 0)) this.#entries.push({ message, version });
  }

  /** Takes away what retention removed. */
  trim(firstSeq: number): void {
    this.#entries = this.#entries.filter(({ message }) => message.seq >= firstSeq);
    if ((this.firstSeq ?? firstSeq) <= firstSeq) this.hasOlder = false;
  }

  /** A message is about to be sent, or sent again. */
  begin(pending: Omit<PendingMessage, 'status' | 'reason'>): void {
    const others = this.#pending.filter(({ clientMessageId }) => clientMessageId !== pending.clientMessageId);
    this.#pending = [...others, { ...pending, status: 'sending' }];
  }

  /** The send was acknowledged. */
  settle(clientMessageId: string, message: Message, version: number): void {
    this.discard(clientMessageId);
    this.take(message, version);
  }

  /** The send failed for now: it can be tried again under the same clientMessageId. */
  fail(clientMessageId: string, reason: string): void {
    this.#adopted.delete(clientMessageId);
    this.#pending = this.#pending.map((pending) =>
      pending.clientMessageId === clientMessageId ? { ...pending, status: 'failed', reason } : pending,
    );
  }

  discard(clientMessageId: string): void {
    this.#adopted.delete(clientMessageId);
    this.#pending = this.#pending.filter((pending) => pending.clientMessageId !== clientMessageId);
  }

  /**
   * A message of one's own came as an event. Events tell no clientMessageId, so the oldest send of the same content that is under
   * way is taken to be it and no longer shown beside it; its answer tells for sure.
   */
  adopt(message: Message): void {
    const taken = new Set(this.#adopted.values());
    if (taken.has(message.id)) return;
    const match = this.pending.find(({ status, content }) => status === 'sending' && content === message.content);
    if (match) this.#adopted.set(match.clientMessageId, message.id);
  }
}

function bySeq(one: Entry, other: Entry): number {
  return one.message.seq - other.message.seq;
}

function newer(one: Entry, other: Entry | undefined): Entry {
  return other && other.version > one.version ? other : one;
}
