import { AddClientMessageIds } from './add-client-message-ids.ts';
import { CompleteChat } from './complete-chat.ts';
import { CreateChatTables } from './create-chat-tables.ts';
import { MakeConversationsOnce } from './make-conversations-once.ts';

/** Table in which Postgres keeps the names of the migrations that were applied. */
export const MIGRATIONS_TABLE = 'schema_migration';

/** Every migration, oldest first. Names are kept in the database: never rename or reorder, only append. */
export const MIGRATIONS = [
  { name: '0001-create-chat-tables', class: CreateChatTables },
  { name: '0002-add-client-message-ids', class: AddClientMessageIds },
  { name: '0003-complete-chat', class: CompleteChat },
  { name: '0004-make-conversations-once', class: MakeConversationsOnce },
];
