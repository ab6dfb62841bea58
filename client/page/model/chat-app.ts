import { type ChatClient, createChatClient } from '../../chat-client.ts';
import { SYSTEM_CLOCK } from '../../clock.ts';
import type { RealtimeConnection } from '../../realtime/connection.ts';
import type { ChatEvent, ConnectionState } from '../../realtime/events.ts';
import type { Session } from '../session.ts';
import { Inbox } from '../state/inbox.ts';
import { ReadLog } from '../state/read-log.ts';
import { Typing } from '../state/typing.ts';
import { explain } from './problems.ts';
import { Search } from './search.ts';
import { Thread } from './thread.ts';

/** How the page is told of what happens here. */
export type AppListener = {
  /** Something to be shown has changed; comes once for all that changed in one turn. */
  onChange(): void;
  onProblem(text: string): void;
  /** A message of somebody else came into the conversation that is open. */
  onArrival(userId: string, content: string): void;
};

/** Most conversations that are listened to; the service takes 128 a connection. */
const MOST_FOLLOWED = 120;
const LIST_PAGE = 50;

/** Everything that the page knows and does, for one user; the views show it. */
export class ChatApp {
  readonly me: string;
  readonly client: ChatClient;
  readonly connection: RealtimeConnection;
  readonly inbox: Inbox;
  readonly typing: Typing;
  readonly reads = new ReadLog();
  readonly search: Search;
  readonly presence = new Map<string, 'online' | 'offline'>();
  inboxState: 'loading' | 'ready' | 'failed' = 'loading';
  inboxReason = '';
  connectionState: ConnectionState = { kind: 'connecting', attempt: 0 };
  thread: Thread | undefined;
  readonly #threads = new Map<string, Thread>();
  readonly #followed = new Set<string>();
  readonly #listener: AppListener;
  #isChangeDue = false;
  #isListDue = false;

  constructor(baseUrl: string, { userId, token }: Session, listener: AppListener) {
    this.me = userId;
    this.#listener = listener;
    this.inbox = new Inbox(userId);
    this.client = createChatClient({
      baseUrl,
      ...(token === undefined ? { userId } : { token }),
      onAnswer: (answered) => {
        if (this.reads.take(answered)) this.changed();
      },
    });
    this.typing = new Typing(SYSTEM_CLOCK, () => this.changed());
    this.search = new Search(this.client, () => this.changed());
    this.connection = this.client.connect({
      onEvent: (event) => this.#take(event),
      onState: (state) => {
        this.connectionState = state;
        this.changed();
      },
    });
    void this.loadInbox();
  }

  /** Has the views show what is now, at the end of this turn. */
  readonly changed = (): void => {
    if (this.#isChangeDue) return;
    this.#isChangeDue = true;
    queueMicrotask(() => {
      this.#isChangeDue = false;
      this.#listener.onChange();
    });
  };

  /** Reads the first page of conversations, or the one after those that are known. */
  async loadInbox(cursor?: string): Promise<void> {
    try {
      const page = await this.client.conversations({ limit: LIST_PAGE, ...(cursor === undefined ? {} : { cursor }) });
      this.inbox.take(page.conversations);
      if (cursor !== undefined || this.inboxState !== 'ready') this.inbox.nextCursor = page.nextCursor;
      this.inboxState = 'ready';
      this.#followListed();
    } catch (error) {
      if (this.inboxState === 'ready') this.#listener.onProblem(`The list could not be read. ${explain(error)}`);
      else [this.inboxState, this.inboxReason] = ['failed', explain(error)];
    }
    this.changed();
  }

  /** Opens a conversation; undefined closes the one that is open. */
  open(conversationId: string | undefined): void {
    if (this.thread?.conversationId === conversationId) return;
    this.thread = conversationId === undefined ? undefined : this.#threadOf(conversationId);
    if (this.thread) void this.#begin(this.thread);
    this.changed();
  }

  /** Opens a conversation at a message. */
  async openAt(conversationId: string, seq: number): Promise<void> {
    this.thread = this.#threadOf(conversationId);
    this.changed();
    await this.thread.goTo(seq);
  }

  /** What is shown of the open conversation up to a seq was seen. */
  markSeen(conversationId: string, seq: number): void {
    const entry = this.inbox.find(conversationId);
    if (!entry || entry.lastReadSeq >= Math.min(seq, entry.lastSeq)) return;
    this.inbox.markRead(conversationId, seq);
    this.connection.read(conversationId, seq);
    this.changed();
  }

  /** A new or found conversation is shown in the list, listened to, and opened. */
  async include(conversationId: string): Promise<void> {
    await this.loadInbox();
    this.open(conversationId);
  }

  close(): void {
    this.connection.close();
  }

  #threadOf(conversationId: string): Thread {
    const known = this.#threads.get(conversationId);
    if (known && known.state !== 'over') return known;
    const { client, me, changed: onChange } = this;
    const thread = new Thread(conversationId, {
      client,
      me,
      onChange,
      onProblem: (text) => this.#listener.onProblem(text),
    });
    this.#threads.set(conversationId, thread);
    return thread;
  }

  async #begin(thread: Thread): Promise<void> {
    const { conversationId } = thread;
    const entry = this.inbox.find(conversationId);
    const unreadFrom = entry && entry.unreadCount > 0 ? entry.lastReadSeq + 1 : undefined;
    await Promise.all([thread.load(unreadFrom), this.#learnPresence(conversationId)]);
    if (thread.position) this.#follow(conversationId, thread.position);
  }

  async #learnPresence(conversationId: string): Promise<void> {
    const answer = await this.client.presence({ conversationId }).catch(() => undefined); // news without which all works
    for (const { userId, status } of answer?.participants ?? []) {
      if (status !== 'unknown') this.presence.set(userId, status);
    }
    this.changed();
  }

  #followListed(): void {
    for (const { id, lastSeq, version } of this.inbox.entries) this.#follow(id, { seq: lastSeq, version });
  }

  #follow(conversationId: string, position: { seq: number; version: number }): void {
    if (this.#followed.has(conversationId) || this.#followed.size >= MOST_FOLLOWED) return;
    this.#followed.add(conversationId);
    this.connection.subscribe(conversationId, position);
  }

  #take(event: ChatEvent): void {
    if (event.type === 'presence') this.presence.set(event.userId, event.status);
    else if (event.type === 'typing') this.typing.begin(event.conversationId, event.userId, event.expiresInMs);
    else if (event.type === 'conversation.added') void this.loadInbox();
    else if (event.type === 'message') this.#takeMessage(event);
    else if (event.type === 'message.changed') this.inbox.takeChange(event.message, event.version);
    else if (event.type === 'history.stale') this.#refreshList();
    else if (event.type === 'unsubscribed') {
      this.inbox.remove(event.conversationId);
      this.#followed.delete(event.conversationId);
    }
    if ('conversationId' in event && event.conversationId !== undefined)
      this.#threads.get(event.conversationId)?.take(event);
    this.changed();
  }

  #takeMessage({ conversationId, message, version }: Extract<ChatEvent, { type: 'message' }>): void {
    this.typing.end(conversationId, message.userId);
    const isKnown = this.inbox.takeMessage(message, version);
    if (!isKnown || message.messageType === 'SYSTEM') this.#refreshList();
    if (message.userId === this.me || this.thread?.conversationId !== conversationId) return;
    this.#listener.onArrival(message.userId, message.content);
  }

  /** Reads the list again, once for all that happens within a moment. */
  #refreshList(): void {
    if (this.#isListDue) return;
    this.#isListDue = true;
    SYSTEM_CLOCK.after(200, () => {
      this.#isListDue = false;
      void this.loadInbox();
    });
  }
}
