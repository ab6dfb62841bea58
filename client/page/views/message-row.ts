import type { Message } from '../../messages.ts';
import { make } from '../dom.ts';
import { formatComplete, formatDay, formatTime } from '../format.ts';
import { icon } from '../icons.ts';
import type { Quote, Row } from '../state/rows.ts';
import { buildText, isEmojiAlone } from './message-text.ts';
import { avatar, button, iconButton } from './parts.ts';

/** What can be done with messages. */
export type MessageActions = {
  readonly me: string;
  /** Whether authors are told: there are more than two people. */
  readonly isGroup: boolean;
  /** Whether messages of others may be deleted: one owns the group. */
  readonly mayDeleteAll: boolean;
  react(message: Message, emoji: string): void;
  reply(message: Message): void;
  edit(message: Message): void;
  remove(message: Message): void;
  goTo(message: Message): void;
  retry(clientMessageId: string, content: string): void;
  discard(clientMessageId: string): void;
};

type MessageRow = Extract<Row, { kind: 'message' }>;
type PendingRow = Extract<Row, { kind: 'pending' }>;

const QUICK_EMOJIS = ['👍', '❤️', '😂'];

/** Builds one line of a conversation. */
export function buildRow(row: Row, actions: MessageActions): HTMLElement {
  if (row.kind === 'day') return make('li', { class: 'day' }, make('span', { text: formatDay(row.label) }));
  if (row.kind === 'unread') return make('li', { class: 'unread-line' }, make('span', { text: 'New' }));
  if (row.kind === 'system') {
    const title = formatComplete(row.message.createdAt);
    return make('li', { class: 'system' }, make('span', { text: row.message.content, attributes: { title } }));
  }
  return row.kind === 'pending' ? buildPending(row, actions) : buildMessage(row, actions);
}

function buildMessage(row: MessageRow, actions: MessageActions): HTMLElement {
  const { message, isOwn, isFirst, isLast } = row;
  const isDeleted = message.deletedAt !== undefined;
  const name = isOwn ? 'You' : message.userId;
  const label = `${name}, ${formatTime(message.createdAt)}: ${isDeleted ? 'deleted' : message.content}`;
  const classes = ['message', isOwn && 'own', isFirst && 'first', isLast && 'last'].filter(Boolean).join(' ');
  return make(
    'li',
    {
      class: classes,
      attributes: { tabindex: -1, 'data-seq': message.seq, 'data-id': message.id, 'aria-label': label },
    },
    !isOwn && make('span', { class: 'gutter' }, isLast && avatar(message.userId)),
    make(
      'div',
      { class: 'stack' },
      !isOwn && isFirst && actions.isGroup && make('span', { class: 'author', text: message.userId }),
      buildBubble(row, actions),
      buildReactions(message, actions),
      row.receipt !== undefined && make('span', { class: 'receipt', text: row.receipt }),
    ),
    !isDeleted && buildToolbar(message, isOwn, actions),
  );
}

function buildBubble({ message, quote }: MessageRow, actions: MessageActions): HTMLElement {
  const isDeleted = message.deletedAt !== undefined;
  const isLarge = !isDeleted && quote === undefined && !message.replyToId && isEmojiAlone(message.content);
  const text = isDeleted
    ? make('span', { class: 'text gone', text: 'This message was deleted' })
    : make('span', { class: 'text' }, ...buildText(message.content, actions.me));
  return make(
    'div',
    { class: isLarge ? 'bubble large' : 'bubble' },
    message.replyToId !== undefined && !isDeleted && buildQuote(quote, actions),
    text,
    make(
      'span',
      { class: 'stamp', attributes: { title: formatComplete(message.createdAt) } },
      message.editedAt !== undefined && !isDeleted && make('span', { class: 'edited', text: 'edited' }),
      make('time', { text: formatTime(message.createdAt), attributes: { datetime: message.createdAt } }),
    ),
  );
}

function buildQuote(quote: Quote, actions: MessageActions): HTMLElement {
  if (!quote)
    return make('div', { class: 'quote' }, make('span', { text: quote === null ? 'A message that is gone' : '…' }));
  return make(
    'button',
    {
      class: 'quote',
      attributes: { type: 'button', title: 'Show this message' },
      on: { click: () => actions.goTo(quote) },
    },
    make('strong', { text: quote.userId === actions.me ? 'You' : quote.userId }),
    make('span', { text: quote.deletedAt === undefined ? quote.content : 'This message was deleted' }),
  );
}

function buildReactions(message: Message, actions: MessageActions): HTMLElement | undefined {
  const given = Object.entries(message.reactions ?? {});
  if (given.length === 0) return undefined;
  const chips = given.map(([emoji, userIds]) => {
    const names = userIds.map((userId) => (userId === actions.me ? 'you' : userId)).join(', ');
    const attributes = {
      type: 'button',
      title: names,
      'aria-label': `${emoji} by ${names}`,
      'aria-pressed': String(userIds.includes(actions.me)),
      'data-action': `react ${emoji}`,
    };
    return make(
      'button',
      { class: 'chip', attributes, on: { click: () => actions.react(message, emoji) } },
      make('span', { class: 'emoji', text: emoji }),
      make('span', { text: String(userIds.length) }),
    );
  });
  return make('div', { class: 'reactions' }, ...chips);
}

function buildToolbar(message: Message, isOwn: boolean, actions: MessageActions): HTMLElement {
  const quick = QUICK_EMOJIS.map((emoji) =>
    make('button', {
      class: 'icon-button emoji',
      text: emoji,
      attributes: { type: 'button', 'aria-label': `React with ${emoji}`, 'data-action': `quick ${emoji}` },
      on: { click: () => actions.react(message, emoji) },
    }),
  );
  return make(
    'div',
    { class: 'toolbar', attributes: { role: 'toolbar', 'aria-label': 'Actions' } },
    ...quick,
    iconButton('reply', 'Reply', () => actions.reply(message)),
    isOwn && iconButton('edit', 'Edit', () => actions.edit(message)),
    (isOwn || actions.mayDeleteAll) && iconButton('remove', 'Delete', () => actions.remove(message)),
  );
}

function buildPending({ pending, quote }: PendingRow, actions: MessageActions): HTMLElement {
  const { clientMessageId, content, status, reason = '' } = pending;
  const hasFailed = status === 'failed';
  return make(
    'li',
    { class: `message own first last pending ${status}`, attributes: { 'data-pending': clientMessageId } },
    make(
      'div',
      { class: 'stack' },
      make(
        'div',
        { class: 'bubble' },
        pending.replyToId !== undefined && buildQuote(quote, actions),
        make('span', { class: 'text' }, ...buildText(content, actions.me)),
        make('span', { class: 'stamp' }, make('span', { text: hasFailed ? 'not sent' : 'sending' })),
      ),
      hasFailed &&
        make(
          'div',
          { class: 'failure', attributes: { role: 'alert' } },
          icon('warning'),
          make('span', { text: `Not sent. ${reason}` }),
          button('Try again', () => actions.retry(clientMessageId, content), 'link-button'),
          button('Discard', () => actions.discard(clientMessageId), 'link-button'),
        ),
    ),
  );
}
