import { describe, expect, test } from '@jest/globals';
import type { ConversationEntry } from '../../conversations.ts';
import type { Message } from '../../messages.ts';
import { Inbox, nameOf } from './inbox.ts';

const at = (minute: number) => `2026-01-01T00:${String(minute).padStart(2, '0')}:00.000Z`;
const entry = (id: string, more: Partial<ConversationEntry> = {}): ConversationEntry => ({
  id,
  type: 'DIRECT_MESSAGE',
  title: null,
  retentionDays: null,
  version: 5,
  lastSeq: 5,
  createdAt: at(0),
  updatedAt: at(1),
  role: 'OWNER',
  lastReadSeq: 5,
  unreadCount: 0,
  unreadMentions: 0,
  participantCount: 2,
  participantIds: ['ann', 'ben'],
  lastMessage: null,
  ...more,
});
const message = (seq: number, userId = 'ben', content = 'hello'): Message => ({
  id: `id-${seq}`,
  conversationId: 'c',
  seq,
  userId,
  content,
  messageType: 'TEXT',
  createdAt: at(seq),
});

function inboxOf(...entries: ConversationEntry[]): Inbox {
  const inbox = new Inbox('ann');
  inbox.take(entries);
  return inbox;
}

describe('an inbox', () => {
  test('has the newest activity first, and moves a conversation up with its messages', () => {
    const inbox = inboxOf(entry('c'), entry('d', { updatedAt: at(2) }));
    expect(inbox.entries.map(({ id }) => id)).toEqual(['d', 'c']);
    inbox.takeMessage(message(6), 6);
    expect(inbox.entries.map(({ id }) => id)).toEqual(['c', 'd']);
  });

  test('counts what others wrote and what names its user, each message once', () => {
    const inbox = inboxOf(entry('c'));
    for (const seq of [6, 7, 7]) inbox.takeMessage(message(seq, 'ben', seq === 7 ? 'you, @ann?' : 'hello'), seq);
    expect(inbox.find('c')).toMatchObject({ unreadCount: 2, unreadMentions: 1, lastMessage: { seq: 7 } });
    expect(inbox.unreadTotal).toBe(2);
  });

  test('takes what one wrote oneself as read, and all before it', () => {
    const inbox = inboxOf(entry('c', { unreadCount: 2, lastReadSeq: 3 }));
    inbox.takeMessage(message(6, 'ann'), 6);
    expect(inbox.find('c')).toMatchObject({ unreadCount: 0, lastReadSeq: 6 });
  });

  test('moves its marker forward only, also when an older answer comes', () => {
    const inbox = inboxOf(entry('c', { unreadCount: 5, unreadMentions: 1, lastReadSeq: 0 }));
    inbox.markRead('c', 5);
    inbox.markRead('c', 2);
    inbox.take([entry('c', { unreadCount: 5, unreadMentions: 1, lastReadSeq: 0 })]);
    expect(inbox.find('c')).toMatchObject({ unreadCount: 0, unreadMentions: 0, lastReadSeq: 5 });
  });

  test('is not put back by an answer that is older than an event', () => {
    const inbox = inboxOf(entry('c'));
    inbox.takeMessage(message(6), 6);
    inbox.take([entry('c')]);
    expect(inbox.find('c')).toMatchObject({ lastSeq: 6, unreadCount: 1 });
  });

  test('shows a message as it was edited', () => {
    const inbox = inboxOf(entry('c', { lastMessage: message(5) }));
    inbox.takeChange(message(5, 'ben', 'hello!'), 6);
    inbox.takeChange(message(4, 'ben', 'older'), 7);
    expect(inbox.find('c')).toMatchObject({ lastMessage: { content: 'hello!' }, version: 7 });
  });

  test('says when a message is of a conversation that it does not know', () => {
    expect(inboxOf().takeMessage(message(1), 1)).toBe(false);
  });
});

test('a conversation is called by its title, else by the others, else by oneself', () => {
  expect(nameOf(entry('c', { title: 'Lunch' }), 'ann')).toBe('Lunch');
  expect(nameOf(entry('c', { participantIds: ['cem', 'ann', 'ben'] }), 'ann')).toBe('cem, ben');
  expect(nameOf(entry('c', { participantIds: ['ann'] }), 'ann')).toBe('ann');
});
