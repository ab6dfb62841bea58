import type { Message } from '../../messages.ts';
import { dayOf } from '../format.ts';
import type { PendingMessage, Timeline } from './timeline.ts';

/** What a message answers: undefined while it is not known yet, null where it is gone. */
export type Quote = Message | null | undefined;

/** One line of what is shown of a conversation. */
export type Row =
  | { kind: 'day'; key: string; label: string }
  | { kind: 'unread'; key: string }
  | { kind: 'system'; key: string; message: Message }
  | {
      kind: 'message';
      key: string;
      message: Message;
      isOwn: boolean;
      /** First and last of several that somebody sent in a row. */
      isFirst: boolean;
      isLast: boolean;
      quote?: Quote;
      receipt?: string;
    }
  | { kind: 'pending'; key: string; pending: PendingMessage; quote?: Quote };

/** What rows are made of beside the timeline. */
export type RowContext = {
  readonly me: string;
  /** The first seq that was unread when the conversation was opened. */
  readonly unreadFrom: number | undefined;
  readonly findQuote: (messageId: string) => Quote;
  /** What is known of who has read up to a seq, for people. */
  readonly receiptOf: (seq: number) => string | undefined;
};

/** Messages of one sender within this time stand together, in milliseconds. */
const TOGETHER_MS = 5 * 60_000;

/** Turns a timeline into rows: a line for each day, one before the first unread message, runs of one sender together. */
export function buildRows(timeline: Timeline, context: RowContext): Row[] {
  const { messages, pending } = timeline;
  const rows: Row[] = [];
  const lastOwn = messages.findLast(({ userId, messageType }) => userId === context.me && messageType !== 'SYSTEM');
  let previous: Message | undefined;
  messages.forEach((message, index) => {
    const day = dayOf(message.createdAt);
    const isNewDay = !previous || dayOf(previous.createdAt) !== day;
    if (isNewDay) rows.push({ kind: 'day', key: `day ${day}`, label: message.createdAt });
    const isDivided = message.seq === context.unreadFrom;
    if (isDivided) rows.push({ kind: 'unread', key: 'unread' });
    const isFirst = isNewDay || isDivided || !isTogether(previous, message);
    previous = message;
    if (message.messageType === 'SYSTEM') {
      rows.push({ kind: 'system', key: message.id, message });
      return;
    }
    const next = messages[index + 1];
    const receipt = message.id === lastOwn?.id ? context.receiptOf(message.seq) : undefined;
    rows.push({
      kind: 'message',
      key: message.id,
      message,
      isOwn: message.userId === context.me,
      isFirst,
      isLast: next === undefined || next.seq === context.unreadFrom || !isTogether(message, next),
      ...(message.replyToId === undefined ? {} : { quote: context.findQuote(message.replyToId) }),
      ...(receipt === undefined ? {} : { receipt }),
    });
  });
  return [...rows, ...(timeline.hasNewer ? [] : pending.map((each) => toRow(each, context)))];
}

function toRow(pending: PendingMessage, { findQuote }: RowContext): Row {
  const quote = pending.replyToId === undefined ? {} : { quote: findQuote(pending.replyToId) };
  return { kind: 'pending', key: pending.clientMessageId, pending, ...quote };
}

function isTogether(one: Message | undefined, next: Message): boolean {
  if (!one || one.userId !== next.userId || one.messageType === 'SYSTEM' || next.messageType === 'SYSTEM') return false;
  return (
    Date.parse(next.createdAt) - Date.parse(one.createdAt) < TOGETHER_MS &&
    dayOf(one.createdAt) === dayOf(next.createdAt)
  );
}
