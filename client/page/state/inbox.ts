import type { ConversationEntry } from '../../conversations.ts';
import type { Message } from '../../messages.ts';

/** The conversations of somebody, and what is new in them. */
export class Inbox {
  readonly me: string;
  #entries = new Map<string, ConversationEntry>();
  nextCursor: string | null = null;

  constructor(me: string) {
    this.me = me;
  }

  /** Newest activity first. */
  get entries(): readonly ConversationEntry[] {
    return [...this.#entries.values()].sort((one, other) => other.updatedAt.localeCompare(one.updatedAt));
  }

  get unreadTotal(): number {
    return this.entries.reduce((sum, { unreadCount }) => sum + unreadCount, 0);
  }

  find(conversationId: string): ConversationEntry | undefined {
    return this.#entries.get(conversationId);
  }

  /** Takes entries as the service tells them; one that is known in a newer version stays. */
  take(entries: readonly ConversationEntry[]): void {
    for (const entry of entries) {
      const known = this.#entries.get(entry.id);
      if (!known || known.version <= entry.version) this.#put(known ? keepMarker(entry, known) : entry);
    }
  }

  remove(conversationId: string): void {
    this.#entries.delete(conversationId);
  }

  /** A new message; answers whether its conversation is known. */
  takeMessage(message: Message, version: number): boolean {
    const entry = this.#entries.get(message.conversationId);
    if (!entry) return false;
    if (message.seq <= entry.lastSeq) return true;
    const isMine = message.userId === this.me;
    const lastReadSeq = isMine ? message.seq : entry.lastReadSeq;
    this.#put({
      ...entry,
      version: Math.max(version, entry.version),
      lastSeq: message.seq,
      lastMessage: message,
      updatedAt: message.createdAt,
      lastReadSeq,
      unreadCount: message.seq - lastReadSeq,
      unreadMentions: isMine ? 0 : entry.unreadMentions + (mentions(message, this.me) ? 1 : 0),
    });
    return true;
  }

  /** A message was edited, deleted or reacted to. */
  takeChange(message: Message, version: number): void {
    const entry = this.#entries.get(message.conversationId);
    if (!entry) return;
    const isLast = entry.lastMessage?.id === message.id;
    this.#put({ ...entry, version: Math.max(version, entry.version), ...(isLast ? { lastMessage: message } : {}) });
  }

  /** One's own marker moved; it never goes back. */
  markRead(conversationId: string, seq: number): void {
    const entry = this.#entries.get(conversationId);
    if (!entry || seq <= entry.lastReadSeq) return;
    const lastReadSeq = Math.min(seq, entry.lastSeq);
    const unreadCount = Math.max(0, entry.lastSeq - lastReadSeq);
    const unreadMentions = unreadCount === 0 ? 0 : entry.unreadMentions;
    this.#put({ ...entry, lastReadSeq, unreadCount, unreadMentions });
  }

  #put(entry: ConversationEntry): void {
    this.#entries.set(entry.id, entry);
  }
}

/** An answer may have been written before a marker that was told since. */
function keepMarker(entry: ConversationEntry, known: ConversationEntry): ConversationEntry {
  if (known.lastReadSeq <= entry.lastReadSeq) return entry;
  const unreadCount = Math.max(0, entry.lastSeq - known.lastReadSeq);
  return { ...entry, lastReadSeq: known.lastReadSeq, unreadCount, unreadMentions: unreadCount && entry.unreadMentions };
}

function mentions({ content }: Message, userId: string): boolean {
  return content.includes(`@${userId}`);
}

/** The others of a conversation, or oneself where there is nobody else. */
export function othersOf(participantIds: readonly string[], me: string): string[] {
  const others = participantIds.filter((userId) => userId !== me);
  return others.length === 0 ? [me] : others;
}

/** What a conversation is called for somebody: its title, or who else takes part. */
export function nameOf(conversation: Pick<ConversationEntry, 'title' | 'participantIds'>, me: string): string {
  return conversation.title ?? othersOf(conversation.participantIds, me).join(', ');
}
