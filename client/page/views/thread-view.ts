import type { Message } from '../../messages.ts';
import { fill, KeyedList, make } from '../dom.ts';
import { list } from '../format.ts';
import type { ChatApp } from '../model/chat-app.ts';
import type { Thread } from '../model/thread.ts';
import { buildRows, type Row } from '../state/rows.ts';
import { Composer } from './composer.ts';
import { confirm } from './dialogs.ts';
import { buildRow, type MessageActions } from './message-row.ts';
import { button, emptyState } from './parts.ts';
import { Scroller } from './scroller.ts';
import { StatusLine } from './status-line.ts';
import { ThreadHeader, type ThreadHeaderActions } from './thread-header.ts';

/** The conversation that is open. */
export class ThreadView {
  readonly element: HTMLElement;
  readonly #app: ChatApp;
  readonly #header: ThreadHeader;
  readonly #list = make('ol', { class: 'messages', attributes: { 'aria-label': 'Messages' } });
  readonly #scroller: Scroller;
  readonly #notice = make('div', { class: 'thread-notice' });
  readonly #composer: Composer;
  readonly #status = new StatusLine();
  #rows: KeyedList<Row>;
  #shown: Thread | undefined;
  #kind = '';

  constructor(app: ChatApp, actions: ThreadHeaderActions) {
    this.#app = app;
    this.#rows = this.#makeRows(undefined);
    this.#scroller = new Scroller(this.#list, {
      nearTop: () => void app.thread?.extend('older'),
      nearBottom: () => void app.thread?.extend('newer'),
      toLatest: () => void app.thread?.goToLatest(),
      moved: () => this.#markSeen(),
    });
    this.#composer = new Composer({
      send: (content) => void app.thread?.send(content),
      edit: (message, content) => void app.thread?.edit(message.id, content),
      typing: () => app.thread && app.connection.typing(app.thread.conversationId),
      editLast: () => this.#editLast(),
      changed: app.changed,
    });
    this.#header = new ThreadHeader(actions);
    const parts = [
      this.#header.element,
      this.#notice,
      this.#scroller.element,
      this.#composer.element,
      this.#status.element,
    ];
    this.element = make('section', { class: 'thread', attributes: { 'aria-label': 'Conversation' } }, ...parts);
    document.addEventListener('visibilitychange', () => this.#markSeen());
  }

  show(): void {
    const { thread } = this.#app;
    this.element.hidden = thread === undefined;
    if (!thread) {
      this.#shown = undefined;
      return;
    }
    this.#header.show(this.#app, thread);
    this.#showNotice(thread);
    const isNew = this.#shown !== thread;
    if (isNew || this.#kindOf(thread) !== this.#kind) this.#rows = this.#makeRows(thread);
    this.#shown = thread;
    this.#composer.show(thread);
    this.#status.show(this.#app.connectionState, this.#app.reads);
    this.#scroller.render(thread, isNew, () => this.#rows.show(this.#buildRows(thread)));
    this.#markSeen();
    if (isNew && matchMedia('(hover: hover)').matches) this.#composer.focus();
  }

  /** What of a conversation decides how all its messages look, and what may be done with them. */
  #kindOf({ details }: Thread): '' | 'group' | 'own group' {
    if (details?.type !== 'GROUP') return '';
    return details.participants.some(({ userId, role }) => userId === this.#app.me && role === 'OWNER')
      ? 'own group'
      : 'group';
  }

  #makeRows(thread: Thread | undefined): KeyedList<Row> {
    this.#kind = thread ? this.#kindOf(thread) : '';
    fill(this.#list);
    const actions = this.#actions();
    return new KeyedList(
      this.#list,
      ({ key }) => key,
      (row) => buildRow(row, actions),
    );
  }

  #buildRows(thread: Thread): Row[] {
    const { me } = this.#app;
    const others = thread.details?.participants.filter(({ userId }) => userId !== me) ?? [];
    const receiptOf = (seq: number) => {
      const readers = others.filter(({ lastReadSeq }) => lastReadSeq >= seq).map(({ userId }) => userId);
      if (readers.length === 0 || others.length === 1) return readers.length === 0 ? 'Sent' : 'Read';
      return readers.length === others.length ? 'Read by everyone' : `Read by ${list(readers.slice(0, 3))}`;
    };
    const { unreadFrom, findQuote } = thread;
    return buildRows(thread.timeline, { me, unreadFrom, findQuote, receiptOf });
  }

  #showNotice(thread: Thread): void {
    const isEmpty = thread.state === 'ready' && thread.timeline.messages.length + thread.timeline.pending.length === 0;
    const kind = thread.state === 'ready' ? (isEmpty ? 'empty' : '') : thread.state;
    const signature = `${thread.conversationId} ${kind} ${thread.reason}`;
    this.element.dataset.state = kind;
    if (this.#notice.dataset.shown === signature) return;
    this.#notice.dataset.shown = signature;
    const again = button('Try again', () => void thread.load(undefined), 'button primary');
    if (kind === 'failed') fill(this.#notice, emptyState('This conversation could not be read', thread.reason, again));
    else if (kind === 'over') fill(this.#notice, emptyState('This is over', thread.reason));
    else if (kind === 'empty') fill(this.#notice, emptyState('Nothing here yet', 'Be the first to write something.'));
    else fill(this.#notice);
  }

  #actions(): MessageActions {
    const { me, changed } = this.#app;
    const inThread = (act: (thread: Thread) => void) => this.#app.thread && act(this.#app.thread);
    return {
      me,
      isGroup: this.#kind !== '',
      mayDeleteAll: this.#kind === 'own group',
      react: (message, emoji) => inThread((thread) => void thread.toggleReaction(message, emoji)),
      reply: (message) => inThread((thread) => this.#begin(thread, { replyTo: message })),
      edit: (message) => inThread((thread) => this.#begin(thread, { editing: message })),
      remove: (message) => void this.#remove(message),
      goTo: ({ seq }) => inThread((thread) => void thread.goTo(seq)),
      retry: (clientMessageId, content) => inThread((thread) => void thread.send(content, clientMessageId)),
      discard: (clientMessageId) => {
        inThread((thread) => thread.discard(clientMessageId));
        changed();
      },
    };
  }

  #begin(thread: Thread, { replyTo, editing }: { replyTo?: Message; editing?: Message }): void {
    thread.replyTo = replyTo;
    thread.editing = editing;
    this.#composer.show(thread);
    this.#composer.focus();
    this.#app.changed();
  }

  #editLast(): void {
    const { thread, me } = this.#app;
    const last = thread?.timeline.messages.findLast(({ userId, deletedAt, messageType }) => {
      return userId === me && deletedAt === undefined && messageType !== 'SYSTEM';
    });
    if (thread && last) this.#begin(thread, { editing: last });
  }

  async #remove(message: Message): Promise<void> {
    const { thread } = this.#app;
    const isSure = await confirm(
      'Delete this message?',
      'Everybody will see that it was deleted, and no longer what it said.',
      'Delete',
    );
    if (isSure) await thread?.remove(message.id);
  }

  /** What is at the bottom, in a window that is looked at, has been seen. */
  #markSeen(): void {
    const { thread } = this.#app;
    const seq = thread?.timeline.lastSeq;
    if (!thread || seq === undefined || thread !== this.#shown || document.visibilityState !== 'visible') return;
    if (!thread.timeline.hasNewer && this.#scroller.isAtBottom) this.#app.markSeen(thread.conversationId, seq);
  }
}
