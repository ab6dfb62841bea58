import type { MikroORM } from '@mikro-orm/postgresql';
import { SearchTooBroad } from '../domain/errors.ts';
import { splitHeadline } from '../domain/search.ts';
import { explainRefusal } from './explain-refusal.ts';
import { buildListPage, type ListPage } from './read-conversations.ts';
import {
  buildBounds,
  buildEstimate,
  buildSearchByReading,
  buildSearchByWords,
  buildSearchOfOne,
  PREFER_READING,
  type Search,
} from './search-statements.ts';
import { runStatement, type Statement } from './statement.ts';
import { type Run, runTransaction } from './transaction.ts';

/** Longest time that Postgres may search, in milliseconds; shorter than any statement may take. */
const LONGEST_SEARCH_TIME = 2_000;

/** Words of more messages than these, among those of all users, are looked for by reading: 100,000 take half a second. */
const MOST_BY_WORDS = 100_000;

const CANCELLED = '57014';

type FoundRow = { message: string; headline: string; time: string; id: string };

/**
 * Searches the messages of a user's conversations, newest first. Throws ConversationNotFound or NotParticipant, where one was
 * named, SearchTooBroad where it takes too long, or StorageUnavailable.
 */
export async function searchMessages(orm: MikroORM, search: Search): Promise<ListPage> {
  const { conversationId, userId, limit } = search;
  const rows = await runTransaction(orm, async (run) => {
    await run(buildBounds(LONGEST_SEARCH_TIME));
    try {
      return await run<FoundRow>(await chooseStatement(run, search));
    } catch (error) {
      if ((error as { code?: unknown }).code === CANCELLED) throw new SearchTooBroad(LONGEST_SEARCH_TIME);
      throw error;
    }
  });
  if (rows.length === 0 && conversationId !== undefined) await requireParticipant(orm, conversationId, userId);
  const entries = rows.map(({ message, headline, time, id }) => {
    const snippet = JSON.stringify(splitHeadline(headline));
    return { entry: `{"message":${message},"snippet":${snippet}}`, time, id };
  });
  return buildListPage(entries, limit);
}

async function requireParticipant(orm: MikroORM, conversationId: string, userId: string): Promise<void> {
  const sql = 'select from participant where conversation_id = ? and user_id = ?';
  const rows = await runStatement(orm, { sql, values: [conversationId, userId], isRepeatable: true });
  if (rows.length === 0) throw await explainRefusal(orm, { conversationId, userId });
}

async function chooseStatement(run: Run, search: Search): Promise<Statement> {
  if (search.conversationId !== undefined) return buildSearchOfOne(search);
  const [row] = await run<{ 'QUERY PLAN': [{ Plan: { 'Plan Rows': number } }] }>(buildEstimate(search.text));
  const estimate = row?.['QUERY PLAN'][0].Plan['Plan Rows'] ?? 0;
  if (estimate <= MOST_BY_WORDS) return buildSearchByWords(search);
  await run(PREFER_READING);
  return buildSearchByReading(search);
}
