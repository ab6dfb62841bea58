import type { Conversation } from '../../conversations.ts';
import { make } from '../dom.ts';
import type { ChatApp } from '../model/chat-app.ts';
import { explain } from '../model/problems.ts';
import { Details } from './details.ts';
import { askForText, confirm } from './dialogs.ts';
import { button, emptyState } from './parts.ts';
import { askForPeople } from './people-dialog.ts';
import { Sidebar } from './sidebar.ts';
import { ThreadView } from './thread-view.ts';
import type { Toasts } from './toasts.ts';

/** What the frame needs: where conversations are opened (by the address), and how a session ends. */
export type ShellActions = { open(conversationId: string | undefined): void; signOut(): void };

/** The frame: list, conversation and details beside each other, or one of them where there is no room. */
export class Shell {
  readonly element: HTMLElement;
  readonly #app: ChatApp;
  readonly #actions: ShellActions;
  readonly #toasts: Toasts;
  readonly #sidebar: Sidebar;
  readonly #thread: ThreadView;
  readonly #details: Details;
  readonly #welcome: HTMLElement;

  constructor(app: ChatApp, toasts: Toasts, actions: ShellActions) {
    this.#app = app;
    this.#actions = actions;
    this.#toasts = toasts;
    const start = () => void this.#start();
    this.#sidebar = new Sidebar(app, {
      open: actions.open,
      openAt: (message) => {
        void app.openAt(message.conversationId, message.seq);
        actions.open(message.conversationId);
      },
      start,
      signOut: actions.signOut,
    });
    this.#thread = new ThreadView(app, {
      back: () => actions.open(undefined),
      toggleDetails: () => this.#toggleDetails(),
    });
    this.#details = new Details(app, {
      close: () => this.#toggleDetails(),
      rename: (conversation) => void this.#rename(conversation),
      addPeople: (conversation) => void this.#addPeople(conversation),
      removePerson: (conversation, userId) => void this.#removePerson(conversation, userId),
      leave: (conversation) => void this.#leave(conversation),
    });
    this.#welcome = make(
      'section',
      { class: 'welcome' },
      emptyState(
        'Pick a conversation',
        'Or start one with anybody whose user id you know.',
        button('New conversation', start, 'button primary'),
      ),
    );
    const main = make('main', { class: 'stage' }, this.#welcome, this.#thread.element);
    this.element = make('div', { class: 'shell' }, this.#sidebar.element, main, this.#details.element);
  }

  show(): void {
    const { thread, inbox } = this.#app;
    this.element.classList.toggle('has-thread', thread !== undefined);
    this.#welcome.hidden = thread !== undefined;
    this.#details.element.hidden = thread === undefined;
    this.#sidebar.show();
    this.#thread.show();
    if (thread) this.#details.show();
    const unread = inbox.unreadTotal;
    document.title = unread > 0 ? `(${unread > 99 ? '99+' : unread}) ChatStack` : 'ChatStack';
  }

  #toggleDetails(): void {
    this.element.classList.toggle('details-toggled');
  }

  async #start(): Promise<void> {
    const { client, me, inbox } = this.#app;
    const known = [...new Set(inbox.entries.flatMap(({ participantIds }) => participantIds))].filter((id) => id !== me);
    const chosen = await askForPeople({ title: 'New conversation', action: 'Start', known, hasTitle: true });
    const others = chosen?.userIds.filter((userId) => userId !== me) ?? [];
    if (!chosen || others.length === 0) return;
    const type = others.length === 1 ? 'DIRECT_MESSAGE' : 'GROUP';
    const title = type === 'GROUP' && chosen.title !== '' ? { title: chosen.title } : {};
    await this.#attempt('The conversation could not be started.', async () => {
      const { id } = await client.createConversation({ type, participantIds: [me, ...others], ...title });
      await this.#app.loadInbox();
      this.#actions.open(id);
      return undefined;
    });
  }

  async #rename({ id: conversationId, title }: Conversation): Promise<void> {
    const chosen = await askForText('Rename the group', 'Title', title ?? '', 'Rename');
    if (chosen === undefined) return;
    await this.#attempt('The group could not be renamed.', () =>
      this.#app.client.changeConversation({ conversationId, title: chosen }),
    );
  }

  async #addPeople({ id: conversationId, participantIds }: Conversation): Promise<void> {
    const everybody = this.#app.inbox.entries.flatMap((entry) => entry.participantIds);
    const known = [...new Set(everybody)].filter((userId) => !participantIds.includes(userId));
    const chosen = await askForPeople({ title: 'Add people', action: 'Add', known, hasTitle: false });
    if (!chosen) return;
    const request = { conversationId, participantIds: [...chosen.userIds] };
    await this.#attempt('They could not be added.', () => this.#app.client.addParticipants(request));
  }

  async #removePerson({ id: conversationId }: Conversation, participantId: string): Promise<void> {
    if (!(await confirm(`Remove ${participantId}?`, 'They no longer see this conversation.', 'Remove'))) return;
    await this.#attempt('They could not be removed.', () =>
      this.#app.client.removeParticipant({ conversationId, participantId }),
    );
  }

  async #leave({ id: conversationId }: Conversation): Promise<void> {
    if (!(await confirm('Leave this group?', 'An owner can add you again.', 'Leave'))) return;
    const participantId = this.#app.me;
    await this.#attempt('The group could not be left.', async () => {
      await this.#app.client.removeParticipant({ conversationId, participantId });
      this.#app.inbox.remove(conversationId);
      this.#actions.open(undefined);
      return undefined;
    });
  }

  /** Does something; where it answers the conversation as it is now, that is shown. */
  async #attempt(problem: string, act: () => Promise<Conversation | undefined>): Promise<void> {
    try {
      const conversation = await act();
      const { thread } = this.#app;
      if (thread && thread.conversationId === conversation?.id) thread.details = conversation;
    } catch (error) {
      this.#toasts.show(`${problem} ${explain(error)}`);
    }
    this.#app.changed();
  }
}
