import type { MikroORM } from '@mikro-orm/postgresql';
import { ConversationNotFound } from '../domain/errors.ts';
import type { HistoryPage, PageAddress } from '../domain/history.ts';
import type { JsonText } from '../domain/message.ts';
import { AGGREGATED_MESSAGES } from './message-json.ts';
import { runStatement, type Statement } from './statement.ts';

type PageRow = { version: string; has_more: boolean; participant_ids: string[]; messages: JsonText };

/**
 * One statement, so version, participants and messages are of one snapshot. Because seq has no gaps, skipping the newest
 * `offset` messages is arithmetic on last_seq: the index (conversation_id, seq) is entered right at the page, and a page
 * costs the same however deep it lies. Whether there is more is asked of the oldest seq, the first entry of the index: asked
 * whether a row like that exists, Postgres may read the table from its start until it meets one.
 */
const SELECT_PAGE = `
  select c.version,
    array(select user_id from participant where conversation_id = c.id order by user_id) as participant_ids,
    coalesce(page.oldest > (select seq from message where conversation_id = c.id order by seq limit 1), false) as has_more,
    page.messages
  from conversation c, lateral (
    select min(seq) as oldest, ${AGGREGATED_MESSAGES} as messages
    from (select * from message where conversation_id = c.id and seq <= c.last_seq - ? order by seq desc limit ?) m
  ) page
  where c.id = ?`;

/** The statement that reads a page. */
export function buildOffsetQuery({ conversationId, limit, offset }: PageAddress): Statement {
  return { sql: SELECT_PAGE, values: [offset, limit, conversationId] };
}

/** Reads one page as one snapshot; membership is the caller's to check. Throws ConversationNotFound or StorageUnavailable. */
export async function readOffsetPage(orm: MikroORM, address: PageAddress): Promise<HistoryPage> {
  const [row] = await runStatement<PageRow>(orm, buildOffsetQuery(address));
  if (!row) throw new ConversationNotFound(address.conversationId);
  return {
    version: Number(row.version),
    participantIds: row.participant_ids,
    messages: row.messages,
    hasMore: row.has_more,
  };
}
