import { Migration } from '@mikro-orm/migrations';

/**
 * The id that a sender gives a message, unique among the sender's messages of a conversation.
 *
 * Runs while the old service works. The column is nullable without a default, so no row is rewritten; its lock is waited
 * for shorter than a request may take (3 s), and a migration that did not get it fails and is tried again. The index is
 * built without stopping writers, which no transaction can do. So each statement must be repeatable: a build that was
 * interrupted leaves an invalid index behind, which `if not exists` would take for a good one.
 */
export class AddClientMessageIds extends Migration {
  override isTransactional(): boolean {
    return false;
  }

  override up(): void {
    this.addSql(`do $$ begin
      set local lock_timeout = '2s';
      alter table message add column if not exists client_message_id varchar(128);
    end $$`);
    this.addSql('drop index concurrently if exists message_client_message_id');
    this.addSql(`create unique index concurrently message_client_message_id
      on message (conversation_id, user_id, client_message_id) where client_message_id is not null`);
  }

  override down(): void {
    this.addSql('drop index concurrently if exists message_client_message_id');
    this.addSql('alter table message drop column if exists client_message_id');
  }
}
