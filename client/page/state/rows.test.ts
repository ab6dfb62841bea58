import { expect, test } from '@jest/globals';
import type { Message } from '../../messages.ts';
import { buildRows, type Row, type RowContext } from './rows.ts';
import { Timeline } from './timeline.ts';

const message = (seq: number, userId: string, time: string, more: Partial<Message> = {}): Message => ({
  id: `id-${seq}`,
  conversationId: 'c',
  seq,
  userId,
  content: `m${seq}`,
  messageType: 'TEXT',
  createdAt: new Date(`2026-03-0${time}`).toISOString(),
  ...more,
});

const context: RowContext = {
  me: 'ann',
  unreadFrom: undefined,
  findQuote: () => undefined,
  receiptOf: (seq) => `seen ${seq}`,
};

function rowsOf(messages: Message[], more: Partial<RowContext> = {}): Row[] {
  const timeline = new Timeline();
  timeline.show({ messages, version: 1 }, false, false);
  return buildRows(timeline, { ...context, ...more });
}

/** A row in short: its kind, or for a message who sent it and where it stands in a run: ( first, ) last. */
const shorten = (rows: Row[]) =>
  rows.map((row) =>
    row.kind === 'message' ? `${row.isFirst ? '(' : ''}${row.message.userId}${row.isLast ? ')' : ''}` : row.kind,
  );

test('messages of one sender stand together for five minutes, within a day', () => {
  const rows = rowsOf([
    message(1, 'ben', '1T10:00'),
    message(2, 'ben', '1T10:04'),
    message(3, 'ben', '1T10:10'),
    message(4, 'ann', '1T10:11'),
    message(5, 'ben', '1T23:59'),
    message(6, 'ben', '2T00:01'),
  ]);
  expect(shorten(rows)).toEqual(['day', '(ben', 'ben)', '(ben)', '(ann)', '(ben)', 'day', '(ben)']);
});

test('a line goes before the first unread message, and what happened to the conversation stands alone', () => {
  const messages = [
    message(1, 'ben', '1T10:00'),
    message(2, 'ben', '1T10:01', { messageType: 'SYSTEM' }),
    message(3, 'ben', '1T10:02'),
    message(4, 'ben', '1T10:03'),
  ];
  expect(shorten(rowsOf(messages, { unreadFrom: 4 }))).toEqual(['day', '(ben)', 'system', '(ben)', 'unread', '(ben)']);
});

test('the last of one’s own messages says who has read it', () => {
  const rows = rowsOf([message(1, 'ann', '1T10:00'), message(2, 'ann', '1T10:01'), message(3, 'ben', '1T10:02')]);
  expect(rows.map((row) => (row.kind === 'message' ? row.receipt : undefined))).toEqual([
    undefined,
    undefined,
    'seen 2',
    undefined,
  ]);
});

test('what is being sent stands at the end, unless the end is elsewhere', () => {
  const timeline = new Timeline();
  timeline.show({ messages: [message(1, 'ben', '1T10:00')], version: 1 }, false, false);
  timeline.begin({ clientMessageId: 'mine', content: 'hello', createdAt: '', replyToId: 'id-1' });
  const quote = message(1, 'ben', '1T10:00');
  expect(buildRows(timeline, { ...context, findQuote: () => quote }).at(-1)).toMatchObject({ kind: 'pending', quote });
  timeline.show({ messages: [message(1, 'ben', '1T10:00')], version: 1 }, false, true);
  expect(shorten(buildRows(timeline, context))).toEqual(['day', '(ben)']);
});
