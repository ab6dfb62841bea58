import type { ConversationEntry } from '../../conversations.ts';
import type { Message, SearchResults } from '../../messages.ts';
import { fill, KeyedList, make } from '../dom.ts';
import { formatActivity } from '../format.ts';
import type { ChatApp } from '../model/chat-app.ts';
import { nameOf, othersOf } from '../state/inbox.ts';
import { avatar, button, emptyState, iconButton } from './parts.ts';
import { describeTyping } from './thread-header.ts';

/** What the list asks of the frame around it. */
export type SidebarActions = {
  open(conversationId: string): void;
  openAt(message: Message): void;
  start(): void;
  signOut(): void;
};

type Found = SearchResults['results'][number];

type Line = {
  id: string;
  name: string;
  isGroup: boolean;
  status: 'online' | 'offline' | undefined;
  preview: string;
  isTyping: boolean;
  time: string;
  unread: number;
  isMentioned: boolean;
  isOpen: boolean;
};

/** The conversations, newest activity first, and the search over them. */
export class Sidebar {
  readonly element: HTMLElement;
  readonly #app: ChatApp;
  readonly #actions: SidebarActions;
  readonly #list = make('ul', { class: 'conversations' });
  readonly #found = make('ul', { class: 'found' });
  readonly #foundTitle = make('h3', { class: 'list-title', text: 'Messages' });
  readonly #notice = make('div', { class: 'list-notice' });
  readonly #more: HTMLButtonElement;
  readonly #lines: KeyedList<Line>;
  readonly #foundLines: KeyedList<Found>;
  readonly #search: HTMLInputElement;

  constructor(app: ChatApp, actions: SidebarActions) {
    this.#app = app;
    this.#actions = actions;
    this.#lines = new KeyedList(
      this.#list,
      ({ id }) => id,
      (line) => this.#buildLine(line),
    );
    this.#foundLines = new KeyedList(
      this.#found,
      ({ message }) => message.id,
      (found) => this.#buildFound(found),
    );
    this.#more = button(
      'More conversations',
      () => void app.loadInbox(app.inbox.nextCursor ?? undefined),
      'button more',
    );
    this.#search = make('input', {
      class: 'field search-field',
      attributes: {
        type: 'search',
        placeholder: 'Search',
        'aria-label': 'Search conversations and messages',
        autocomplete: 'off',
      },
      on: { input: () => app.search.type(this.#search.value) },
    });
    this.element = make(
      'nav',
      { class: 'sidebar', attributes: { 'aria-label': 'Conversations' } },
      this.#buildHeader(),
      make('div', { class: 'search' }, this.#search),
      make('div', { class: 'list-viewport' }, this.#list, this.#more, this.#foundTitle, this.#found, this.#notice),
    );
  }

  show(): void {
    const { inbox, inboxState, search } = this.#app;
    const isSearching = search.state !== 'idle';
    const wanted = search.text.trim().toLocaleLowerCase();
    const lines = inbox.entries.map((entry) => this.#lineOf(entry));
    this.#lines.show(lines.filter(({ name }) => name.toLocaleLowerCase().includes(wanted)));
    this.#foundLines.show(isSearching ? search.found : []);
    this.#foundTitle.hidden = !isSearching;
    this.#more.hidden = isSearching || inbox.nextCursor === null;
    const signature = `${inboxState} ${this.#app.inboxReason} ${lines.length === 0} ${search.state} ${search.found.length} ${search.reason}`;
    if (this.#notice.dataset.shown === signature) return;
    this.#notice.dataset.shown = signature;
    this.#showNotice(lines.length === 0);
  }

  #buildHeader(): HTMLElement {
    const { me } = this.#app;
    return make(
      'header',
      { class: 'sidebar-header' },
      avatar(me),
      make(
        'div',
        { class: 'sidebar-names' },
        make('span', { class: 'sidebar-me', text: me, attributes: { title: me } }),
      ),
      iconButton('switchUser', 'Switch user', this.#actions.signOut),
      iconButton('plus', 'New conversation', this.#actions.start, 'primary'),
    );
  }

  #showNotice(isEmpty: boolean): void {
    const { inboxState, inboxReason, search } = this.#app;
    if (search.state === 'searching') fill(this.#notice, make('p', { class: 'list-hint', text: 'Searching…' }));
    else if (search.state === 'failed') fill(this.#notice, make('p', { class: 'list-hint', text: search.reason }));
    else if (search.state === 'ready') {
      fill(
        this.#notice,
        search.found.length === 0 && make('p', { class: 'list-hint', text: 'No message has these words.' }),
      );
    } else if (inboxState === 'loading') fill(this.#notice, ...Array.from({ length: 6 }, buildSkeleton));
    else if (inboxState === 'failed') {
      const again = button('Try again', () => void this.#app.loadInbox(), 'button primary');
      fill(this.#notice, emptyState('The list could not be read', inboxReason, again));
    } else if (isEmpty) {
      const start = button('New conversation', this.#actions.start, 'button primary');
      fill(this.#notice, emptyState('No conversations yet', 'Start one with anybody whose user id you know.', start));
    } else fill(this.#notice);
  }

  #lineOf(entry: ConversationEntry): Line {
    const { me, presence, thread, typing } = this.#app;
    const isGroup = entry.type === 'GROUP';
    const typists = typing.in(entry.id);
    return {
      id: entry.id,
      name: nameOf(entry, me),
      isGroup,
      status: isGroup ? undefined : presence.get(othersOf(entry.participantIds, me)[0] ?? ''),
      preview: describeTyping(typists) ?? describeLast(entry.lastMessage, me, isGroup),
      isTyping: typists.length > 0,
      time: formatActivity(entry.lastMessage?.createdAt ?? entry.createdAt),
      unread: entry.unreadCount,
      isMentioned: entry.unreadMentions > 0,
      isOpen: thread?.conversationId === entry.id,
    };
  }

  #buildLine(line: Line): HTMLElement {
    const { name, unread, isMentioned, isOpen } = line;
    const number = unread > 99 ? '99+' : String(unread);
    const badge =
      unread > 0 &&
      make('span', { class: isMentioned ? 'badge mentioned' : 'badge', text: isMentioned ? `@ ${number}` : number });
    const label = unread > 0 ? `${name}, ${unread} unread` : name;
    const attributes = { type: 'button', 'aria-label': label, 'aria-current': isOpen && 'true', 'data-action': 'open' };
    return make(
      'li',
      { class: unread > 0 ? 'conversation unread' : 'conversation', attributes: { 'data-id': line.id } },
      make(
        'button',
        { class: 'conversation-button', attributes, on: { click: () => this.#actions.open(line.id) } },
        avatar(name, { status: line.status, isGroup: line.isGroup }),
        make('span', { class: 'conversation-name', text: name }),
        make('span', { class: 'conversation-time', text: line.time }),
        make(
          'span',
          { class: 'conversation-last' },
          make('span', {
            class: line.isTyping ? 'conversation-preview typing' : 'conversation-preview',
            text: line.preview,
          }),
          badge,
        ),
      ),
    );
  }

  #buildFound({ message, snippet }: Found): HTMLElement {
    const entry = this.#app.inbox.find(message.conversationId);
    const excerpt = snippet.map(({ text, isMatch }) => (isMatch ? make('mark', { text }) : text));
    const where = entry ? nameOf(entry, this.#app.me) : message.conversationId;
    return make(
      'li',
      { class: 'conversation' },
      make(
        'button',
        {
          class: 'conversation-button',
          attributes: { type: 'button' },
          on: { click: () => this.#actions.openAt(message) },
        },
        avatar(message.userId),
        make('span', {
          class: 'conversation-name',
          text: `${message.userId === this.#app.me ? 'You' : message.userId} · ${where}`,
        }),
        make('span', { class: 'conversation-time', text: formatActivity(message.createdAt) }),
        make('span', { class: 'conversation-last' }, make('span', { class: 'conversation-preview' }, ...excerpt)),
      ),
    );
  }
}

function describeLast(message: Message | null, me: string, isGroup: boolean): string {
  if (!message) return 'No messages yet';
  if (message.deletedAt !== undefined) return 'This message was deleted';
  if (message.messageType === 'SYSTEM') return message.content;
  if (message.userId === me) return `You: ${message.content}`;
  return isGroup ? `${message.userId}: ${message.content}` : message.content;
}

function buildSkeleton(): HTMLElement {
  return make('div', { class: 'skeleton', attributes: { 'aria-hidden': 'true' } });
}
