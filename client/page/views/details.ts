import type { Conversation } from '../../conversations.ts';
import { type Child, fill, make } from '../dom.ts';
import { count, formatComplete, formatMilliseconds } from '../format.ts';
import type { ChatApp } from '../model/chat-app.ts';
import { nameOf } from '../state/inbox.ts';
import { avatar, iconButton } from './parts.ts';
import { buildSource, describeConnection } from './status-line.ts';

/** What the details ask for. */
export type DetailsActions = {
  close(): void;
  rename(conversation: Conversation): void;
  addPeople(conversation: Conversation): void;
  removePerson(conversation: Conversation, userId: string): void;
  leave(conversation: Conversation): void;
};

/** Who takes part in the open conversation, and what happens behind it. */
export class Details {
  readonly element: HTMLElement;
  readonly #app: ChatApp;
  readonly #actions: DetailsActions;
  readonly #people = make('div', { class: 'details-people' });
  readonly #behind = make('div', { class: 'details-behind' });

  constructor(app: ChatApp, actions: DetailsActions) {
    this.#app = app;
    this.#actions = actions;
    const header = make(
      'header',
      { class: 'details-header' },
      make('h2', { text: 'Details' }),
      iconButton('close', 'Close details', actions.close),
    );
    this.element = make(
      'aside',
      { class: 'details', attributes: { 'aria-label': 'Details' } },
      header,
      make('div', { class: 'details-viewport' }, this.#people, this.#behind),
    );
  }

  show(): void {
    const details = this.#app.thread?.details;
    const online = details?.participantIds.filter((userId) => this.#app.presence.get(userId) === 'online');
    this.#render(this.#people, JSON.stringify([details, online]), () => (details ? this.#buildPeople(details) : []));
    const { reads, connectionState } = this.#app;
    const version = this.#app.inbox.find(details?.id ?? '')?.version ?? details?.version;
    const signature = JSON.stringify([reads.reads[0]?.number, connectionState, version, details?.id]);
    this.#render(this.#behind, signature, () => this.#buildBehind(details, version));
  }

  #render(element: HTMLElement, signature: string, build: () => Child[]): void {
    if (element.dataset.shown === signature) return;
    element.dataset.shown = signature;
    fill(element, ...build());
  }

  #buildPeople(conversation: Conversation): Child[] {
    const { me, presence } = this.#app;
    const isGroup = conversation.type === 'GROUP';
    const name = nameOf(conversation, me);
    const isOwner = conversation.participants.some(({ userId, role }) => userId === me && role === 'OWNER');
    const people = conversation.participants.map(({ userId, role }) =>
      make(
        'li',
        { class: 'person' },
        avatar(userId, { status: userId === me ? undefined : presence.get(userId) }),
        make('span', { class: 'person-name', text: userId === me ? `${userId} (you)` : userId }),
        isGroup && role === 'OWNER' && make('span', { class: 'tag', text: 'Owner' }),
        isGroup &&
          isOwner &&
          userId !== me &&
          iconButton('close', `Remove ${userId}`, () => this.#actions.removePerson(conversation, userId)),
      ),
    );
    return [
      make(
        'div',
        { class: 'details-face' },
        avatar(name, { isGroup }),
        make('h3', { text: name }),
        make('p', {
          text: isGroup ? count(conversation.participants.length, 'person', 'people') : 'Direct conversation',
        }),
        isGroup && this.#buildGroupActions(conversation, isOwner),
      ),
      make('h4', { class: 'list-title', text: 'People' }),
      make('ul', { class: 'people' }, ...people),
    ];
  }

  #buildGroupActions(conversation: Conversation, isOwner: boolean): HTMLElement {
    return make(
      'div',
      { class: 'details-actions' },
      isOwner && iconButton('edit', 'Rename', () => this.#actions.rename(conversation)),
      isOwner && iconButton('addPerson', 'Add people', () => this.#actions.addPeople(conversation)),
      iconButton('leave', 'Leave', () => this.#actions.leave(conversation)),
    );
  }

  #buildBehind(details: Conversation | undefined, version: number | undefined): Child[] {
    const { reads, connectionState } = this.#app;
    const ratio = reads.hitRatio;
    const rows = reads.reads.map((read) =>
      make(
        'li',
        { class: 'read' },
        buildSource(read),
        make('span', { text: count(read.messages, 'message', 'messages') }),
        make('span', { class: 'number', text: `v${read.version}` }),
        make('span', { class: 'number', text: formatMilliseconds(read.milliseconds) }),
      ),
    );
    return [
      make('h4', { class: 'list-title', text: 'Reads' }),
      ratio !== undefined &&
        make('p', { class: 'details-note', text: `${Math.round(ratio * 100)} % of the pages came from the cache.` }),
      make('ol', { class: 'reads' }, ...rows),
      make('h4', { class: 'list-title', text: 'Behind it' }),
      make(
        'dl',
        { class: 'facts' },
        ...buildFact('Connection', describeConnection(connectionState).text),
        ...(details ? buildFact('Conversation', details.id) : []),
        ...(version === undefined ? [] : buildFact('Version', version.toLocaleString())),
        ...(details ? buildFact('Since', formatComplete(details.createdAt)) : []),
      ),
    ];
  }
}

function buildFact(name: string, value: string): HTMLElement[] {
  return [make('dt', { text: name }), make('dd', { text: value, attributes: { title: value } })];
}
