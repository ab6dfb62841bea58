import { fill, make, setText } from '../dom.ts';
import { count, list } from '../format.ts';
import type { ChatApp } from '../model/chat-app.ts';
import type { Thread } from '../model/thread.ts';
import { nameOf, othersOf } from '../state/inbox.ts';
import { avatar, iconButton } from './parts.ts';

/** What the conversation asks of the frame around it. */
export type ThreadHeaderActions = { back(): void; toggleDetails(): void };

/** Who the open conversation is with, and what they do at the moment. */
export class ThreadHeader {
  readonly element: HTMLElement;
  readonly #title = make('h2', { class: 'thread-title' });
  readonly #subtitle = make('p', { class: 'thread-subtitle', attributes: { 'aria-live': 'polite' } });
  readonly #face = make('span', { class: 'thread-face' });

  constructor({ back, toggleDetails }: ThreadHeaderActions) {
    this.element = make(
      'header',
      { class: 'thread-header' },
      iconButton('back', 'Back to the list', back, 'narrow-only'),
      this.#face,
      make('div', { class: 'thread-names' }, this.#title, this.#subtitle),
      iconButton('info', 'Details', toggleDetails, 'details-toggle'),
    );
  }

  show(app: ChatApp, thread: Thread): void {
    const conversation = thread.details ?? app.inbox.find(thread.conversationId);
    if (!conversation) {
      setText(this.#title, '');
      setText(this.#subtitle, '');
      fill(this.#face);
      this.#face.dataset.shown = '';
      return;
    }
    const name = nameOf(conversation, app.me);
    const isGroup = conversation.type === 'GROUP';
    const others = othersOf(conversation.participantIds, app.me);
    this.#showFace(name, isGroup, isGroup ? undefined : app.presence.get(others[0] ?? ''));
    setText(this.#title, name);
    const typists = app.typing.in(thread.conversationId);
    this.#subtitle.classList.toggle('typing', typists.length > 0);
    const people =
      'participantCount' in conversation ? conversation.participantCount : conversation.participantIds.length;
    setText(this.#subtitle, describeTyping(typists) ?? describePresence(app, others, isGroup ? people : undefined));
  }

  #showFace(name: string, isGroup: boolean, status: 'online' | 'offline' | undefined): void {
    const signature = `${name} ${isGroup} ${status}`;
    if (this.#face.dataset.shown === signature) return;
    this.#face.dataset.shown = signature;
    fill(this.#face, avatar(name, { status, isGroup }));
  }
}

/** Ada is typing… */
export function describeTyping(typists: readonly string[]): string | undefined {
  if (typists.length === 0) return undefined;
  return `${list(typists)} ${typists.length === 1 ? 'is' : 'are'} typing…`;
}

function describePresence({ presence }: ChatApp, others: readonly string[], people: number | undefined): string {
  if (people === undefined) return presence.get(others[0] ?? '') === 'online' ? 'Online' : 'Offline';
  const online = others.filter((userId) => presence.get(userId) === 'online').length;
  return `${count(people, 'person', 'people')}${online > 0 ? `, ${online} online` : ''}`;
}
