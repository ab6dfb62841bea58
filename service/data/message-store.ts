import type { MikroORM } from '@mikro-orm/postgresql';
import { findMentioned } from '../domain/mentions.ts';
import { buildInsert, isExpelled, isOvertaken, type SentRow } from './insert-message.ts';
import { buildInsertTogether, type SentTogether } from './insert-messages.ts';
import type { MessageStore } from './send-queue.ts';
import { runStatement } from './statement.ts';

/** Stores messages in Postgres, by one statement for one or for several. */
export function createMessageStore(orm: MikroORM): MessageStore {
  return {
    one: async (message) => {
      const insert = buildInsert(message, findMentioned(message.content));
      const [row] = await runStatement<SentRow>(orm, insert).catch((error: unknown) => {
        if (isOvertaken(error)) return runStatement<SentRow>(orm, insert); // the other is committed: now it is found
        if (isExpelled(error)) return [];
        throw error;
      });
      return row;
    },
    several: async (messages) => {
      const rows = await runStatement<SentTogether>(orm, buildInsertTogether(messages));
      const byConversation = new Map(rows.map((row) => [row.conversation_id, row]));
      return messages.map(({ conversationId }) => byConversation.get(conversationId));
    },
  };
}
