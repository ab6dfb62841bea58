import type { MikroORM } from '@mikro-orm/postgresql';
import { ConversationNotFound } from '../domain/errors.ts';
import type { HistoryPage, PageAddress } from '../domain/history.ts';
import type { JsonText } from '../domain/message.ts';
import { AGGREGATED_MESSAGES } from './message-json.ts';
import { runStatement, type Statement } from './statement.ts';

type PageRow = { version: string; has_more: boolean; participant_ids: string[]; messages: JsonText };

/**
 * One statement, so version, participants and messages are of one snapshot. Because seq has no gaps, a page is a range of it
 * below last_seq: the index (conversation_id, seq) is entered right at the page and left behind it, in the order of the page,
 * which costs the same however deep it lies. Whether there is more is asked of the oldest seq, the first entry of the index:
 * asked whether a row like that exists, Postgres may read the table from its start until it meets one.
 */
const SELECT_PAGE = `
  select c.version,
    array(select user_id from participant where conversation_id = c.id order by user_id) as participant_ids,
    coalesce((select seq from message where conversation_id = c.id order by seq limit 1) <= c.last_seq - ?, false) as has_more,
    (select ${AGGREGATED_MESSAGES} from message m
      where m.conversation_id = c.id and m.seq <= c.last_seq - ? and m.seq > c.last_seq - ?) as messages
  from conversation c where c.id = ?`;

/** The statement that reads a page. */
export function buildOffsetQuery({ conversationId, limit, offset }: PageAddress): Statement {
  const end = offset + limit;
  return { sql: SELECT_PAGE, values: [end, offset, end, conversationId], isRepeatable: true };
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
