import type { ChatClient } from '../../chat-client.ts';
import { makeClientMessageId } from '../../client-message-id.ts';
import type { Conversation } from '../../conversations.ts';
import type { Message } from '../../messages.ts';
import type { Position } from '../../realtime/conversation-stream.ts';
import type { ChatEvent } from '../../realtime/events.ts';
import type { Quote } from '../state/rows.ts';
import { Timeline } from '../state/timeline.ts';
import { explain } from './problems.ts';

/** What a thread works with. */
export type ThreadParts = {
  readonly client: ChatClient;
  readonly me: string;
  readonly onChange: () => void;
  readonly onProblem: (text: string) => void;
};

/** Where the view shall scroll to with its next rendering. */
export type ScrollTarget = { kind: 'bottom' } | { kind: 'unread' } | { kind: 'message'; seq: number };

const PAGE = 50;

/** One conversation as it is shown: its messages, what is being written to it, and what can be done in it. */
export class Thread {
  readonly conversationId: string;
  readonly timeline = new Timeline();
  state: 'loading' | 'ready' | 'failed' | 'over' = 'loading';
  /** Why it could not be loaded, or is over. */
  reason = '';
  details: Conversation | undefined;
  /** The first seq that was unread when it was opened. */
  unreadFrom: number | undefined;
  replyTo: Message | undefined;
  editing: Message | undefined;
  scrollTarget: ScrollTarget | undefined;
  /** The newest message and version that were read: where listening begins. */
  position: Position | undefined;
  /** What was written and not sent when another conversation was opened. */
  draft = '';
  readonly #parts: ThreadParts;
  readonly #quotes = new Map<string, Quote>();
  #loading: 'older' | 'newer' | undefined;

  constructor(conversationId: string, parts: ThreadParts) {
    this.conversationId = conversationId;
    this.#parts = parts;
  }

  get loadingSide(): 'older' | 'newer' | undefined {
    return this.#loading;
  }

  /** Reads the newest page, and who takes part. Opened again, what is shown stays until the answer. */
  async load(unreadFrom: number | undefined): Promise<void> {
    const { conversationId } = this;
    const { client } = this.#parts;
    try {
      const [page, details] = await Promise.all([
        client.history({ conversationId, limit: PAGE }),
        client.conversation({ conversationId }),
      ]);
      this.timeline.show(page, page.hasMore, false);
      this.position = { seq: page.messages[0]?.seq ?? 0, version: page.version };
      this.details = details;
      this.unreadFrom = unreadFrom;
      this.scrollTarget = { kind: unreadFrom === undefined ? 'bottom' : 'unread' };
      this.state = 'ready';
    } catch (error) {
      this.state = this.state === 'ready' ? 'ready' : 'failed';
      this.reason = explain(error);
    }
    this.#parts.onChange();
  }

  async refreshDetails(): Promise<void> {
    const { conversationId } = this;
    this.details = await this.#parts.client.conversation({ conversationId }).catch(() => this.details);
    this.#parts.onChange();
  }

  /** Reads the page before or behind what is shown; one at a time. */
  async extend(side: 'older' | 'newer'): Promise<void> {
    const { conversationId, timeline } = this;
    const [hasMore, seq] =
      side === 'older' ? [timeline.hasOlder, timeline.firstSeq] : [timeline.hasNewer, timeline.lastSeq];
    if (this.#loading || this.state !== 'ready' || !hasMore || seq === undefined) return;
    this.#loading = side;
    this.#parts.onChange();
    try {
      const place = side === 'older' ? { before: seq } : { after: seq };
      const page = await this.#parts.client.historyAt({ conversationId, limit: PAGE, ...place });
      timeline.extend(page, side, side === 'older' ? page.hasOlder : page.hasNewer);
    } catch (error) {
      this.#parts.onProblem(`More messages could not be read. ${explain(error)}`);
    }
    this.#loading = undefined;
    this.#parts.onChange();
  }

  /** Shows a message with those around it. */
  async goTo(seq: number): Promise<void> {
    const { conversationId, timeline } = this;
    const isShown = seq >= (timeline.firstSeq ?? Number.POSITIVE_INFINITY) && seq <= (timeline.lastSeq ?? 0);
    try {
      if (!isShown) {
        const page = await this.#parts.client.historyAt({ conversationId, limit: PAGE, around: seq });
        timeline.show(page, page.hasOlder, page.hasNewer);
      }
      this.details ??= await this.#parts.client.conversation({ conversationId });
      this.state = 'ready';
      this.scrollTarget = { kind: 'message', seq };
    } catch (error) {
      this.#parts.onProblem(`The message could not be shown. ${explain(error)}`);
    }
    this.#parts.onChange();
  }

  /** Shows the newest messages. */
  async goToLatest(): Promise<void> {
    if (this.timeline.hasNewer) await this.load(undefined);
    this.scrollTarget = { kind: 'bottom' };
    this.#parts.onChange();
  }

  /** Sends what was written; it is shown at once, and again under the same id when it is tried again. */
  async send(content: string, clientMessageId = makeClientMessageId()): Promise<void> {
    const again = this.timeline.pending.find((pending) => pending.clientMessageId === clientMessageId);
    const replyToId = again ? again.replyToId : this.replyTo?.id;
    if (!again) this.replyTo = undefined;
    const { conversationId, timeline } = this;
    const { client, onChange } = this.#parts;
    timeline.begin({ clientMessageId, content, replyToId, createdAt: new Date().toISOString() });
    if (timeline.hasNewer) await this.load(undefined);
    this.scrollTarget = { kind: 'bottom' };
    onChange();
    try {
      const reply = replyToId === undefined ? {} : { replyToId };
      const { message, version } = await client.send({ conversationId, content, clientMessageId, ...reply });
      timeline.settle(clientMessageId, message, version);
    } catch (error) {
      timeline.fail(clientMessageId, explain(error));
    }
    onChange();
  }

  discard(clientMessageId: string): void {
    this.timeline.discard(clientMessageId);
    this.#parts.onChange();
  }

  /** Writes a message anew; answers whether that was taken. */
  edit(messageId: string, content: string): Promise<boolean> {
    const { conversationId } = this;
    return this.#change('The message could not be edited.', (client) =>
      client.edit({ conversationId, messageId, content }),
    );
  }

  remove(messageId: string): Promise<boolean> {
    const { conversationId } = this;
    return this.#change('The message could not be deleted.', (client) => client.remove({ conversationId, messageId }));
  }

  /** Gives an emoji, or takes it back where it was given. */
  toggleReaction({ id: messageId, reactions }: Message, emoji: string): Promise<boolean> {
    const { conversationId } = this;
    const isGiven = reactions?.[emoji]?.includes(this.#parts.me);
    return this.#change('The reaction was not taken.', (client) =>
      client[isGiven ? 'unreact' : 'react']({ conversationId, messageId, emoji }),
    );
  }

  /** The message that another one answers; read once where it is not shown. */
  readonly findQuote = (messageId: string): Quote => {
    const shown = this.timeline.find(messageId);
    if (shown || this.#quotes.has(messageId)) return shown ?? this.#quotes.get(messageId);
    this.#quotes.set(messageId, undefined);
    const { conversationId } = this;
    const keep = (quote: Quote) => {
      this.#quotes.set(messageId, quote);
      this.#parts.onChange();
    };
    this.#parts.client.message({ conversationId, messageId }).then(keep, () => keep(null));
    return undefined;
  };

  /** Takes what happened in this conversation. */
  take(event: ChatEvent): void {
    if (event.type === 'message') {
      if (event.message.userId === this.#parts.me) this.timeline.adopt(event.message);
      this.timeline.take(event.message, event.version);
      if (event.message.messageType === 'SYSTEM') void this.refreshDetails();
    } else if (event.type === 'message.changed') {
      this.timeline.take(event.message, event.version);
      if (this.#quotes.has(event.message.id)) this.#quotes.set(event.message.id, event.message);
    } else if (event.type === 'history.trimmed') this.timeline.trim(event.firstSeq);
    else if (event.type === 'history.stale') void this.load(this.unreadFrom);
    else if (event.type === 'read') this.#takeMarker(event.userId, event.seq);
    else if (event.type === 'unsubscribed') this.#end();
  }

  #takeMarker(userId: string, seq: number): void {
    if (!this.details) return;
    const participants = this.details.participants.map((participant) =>
      participant.userId === userId
        ? { ...participant, lastReadSeq: Math.max(seq, participant.lastReadSeq) }
        : participant,
    );
    this.details = { ...this.details, participants };
  }

  #end(): void {
    this.state = 'over';
    this.reason = 'You no longer take part in this conversation.';
  }

  async #change(
    problem: string,
    call: (client: ChatClient) => Promise<{ message: Message; version: number }>,
  ): Promise<boolean> {
    try {
      const { message, version } = await call(this.#parts.client);
      this.timeline.take(message, version);
      return true;
    } catch (error) {
      this.#parts.onProblem(`${problem} ${explain(error)}`);
      return false;
    } finally {
      this.#parts.onChange();
    }
  }
}
