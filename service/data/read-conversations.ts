import type { MikroORM } from '@mikro-orm/postgresql';
import { MOST_NAMED_IN_LIST } from '../domain/conversation.ts';
import { ConversationNotFound, NotParticipant } from '../domain/errors.ts';
import type { JsonText } from '../domain/message.ts';
import { CONVERSATION_JSON, unreadCount, unreadMentions } from './conversation-json.ts';
import { MESSAGE_JSON, time } from './message-json.ts';
import { runStatement, type Statement } from './statement.ts';

/** Where a page of a list begins: right behind an entry, by its time (milliseconds since 1970) and its id. */
export type ListPlace = { readonly time: number; readonly id: string };

/** Entries of a list, ready to be told, and where the next page begins; undefined where this one is the last. */
export type ListPage = { readonly entries: readonly JsonText[]; readonly next: ListPlace | undefined };

/** Which page of a user's list. */
export type ListAddress = { readonly userId: string; readonly limit: number; readonly after: ListPlace | undefined };

/** An entry and its place in the list. */
export type ListRow = { entry: JsonText; time: string; id: string };

/** SQL for a time as a place tells it. */
export const placeTime = (column: string) => `(extract(epoch from ${column}) * 1000)::bigint`;

/** Makes a page of rows that were read with one more than asked for. */
export function buildListPage(rows: readonly ListRow[], limit: number): ListPage {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const next = rows.length > limit && last ? { time: Number(last.time), id: last.id } : undefined;
  return { entries: page.map(({ entry }) => entry), next };
}

/**
 * A page of a user's conversations as one statement, however many there are. The user's memberships are sorted by activity;
 * only the conversations of the page are looked into (newest and oldest message, mentions, participants), each by its index.
 */
export function buildListQuery({ userId, limit, after }: ListAddress): Statement {
  const sql = `with page as (
      select c.*, p.role, p.last_read_seq from participant p join conversation c on c.id = p.conversation_id
      where p.user_id = ? ${after ? 'and (c.updated_at, c.id) < (?::timestamptz, ?)' : ''}
      order by c.updated_at desc, c.id desc limit ?
    )
    select c.id, ${placeTime('c.updated_at')} as time, json_build_object(
      'id', c.id, 'type', c.type, 'title', c.title, 'retentionDays', c.retention_days, 'version', c.version,
      'lastSeq', c.last_seq, 'createdAt', ${time('c.created_at')}, 'updatedAt', ${time('c.updated_at')},
      'role', c.role, 'lastReadSeq', c.last_read_seq, 'unreadCount', ${unreadCount('c.last_read_seq')},
      'unreadMentions', ${unreadMentions('c.last_read_seq', '?')},
      'participantCount', (select count(*) from participant where conversation_id = c.id),
      'participantIds', array(select user_id from participant where conversation_id = c.id
        order by joined_at, user_id limit ${MOST_NAMED_IN_LIST}),
      'lastMessage', (select (${MESSAGE_JSON})::json from message m where m.conversation_id = c.id and m.seq = c.last_seq)
    )::text as entry
    from page c order by c.updated_at desc, c.id desc`;
  const place = after ? [new Date(after.time).toISOString(), after.id] : [];
  return { sql, values: [userId, ...place, limit + 1, userId], isRepeatable: true };
}

/** Reads a page of a user's conversations, newest activity first. */
export async function listConversations(orm: MikroORM, address: ListAddress): Promise<ListPage> {
  return buildListPage(await runStatement<ListRow>(orm, buildListQuery(address)), address.limit);
}

/** Reads a conversation for one of its participants. Throws ConversationNotFound or NotParticipant. */
export async function readConversation(orm: MikroORM, conversationId: string, userId: string): Promise<JsonText> {
  const [row] = await runStatement<{ takes_part: boolean; conversation: JsonText }>(orm, {
    sql: `select ${CONVERSATION_JSON}::text as conversation,
        exists (select from participant where conversation_id = c.id and user_id = ?) as takes_part
      from conversation c where c.id = ?`,
    values: [userId, conversationId],
    isRepeatable: true,
  });
  if (!row) throw new ConversationNotFound(conversationId);
  if (!row.takes_part) throw new NotParticipant(conversationId, userId);
  return row.conversation;
}
