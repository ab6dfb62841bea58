import { Migration } from '@mikro-orm/migrations';

/**
 * What a conversation was made of, so that a repeat can be told from another one under the same id; keys for the direct
 * conversations of before (where a pair has several, the one used last is the one that is found again); and mentions by the
 * message that makes them, for edits and retention.
 */
export class MakeConversationsOnce extends Migration {
  override up(): void {
    this.addSql('alter table conversation add column creation_digest bytea');
    // The same key that domain/conversation.ts builds: ids in the order of their bytes, as JSON.
    this.addSql(`with pair as (
      select c.id, c.updated_at, min(p.user_id collate "C") as lower_id, max(p.user_id collate "C") as upper_id
      from conversation c join participant p on p.conversation_id = c.id
      where c.type = 'DIRECT_MESSAGE' group by c.id having count(*) = 2
    ), latest as (
      select distinct on (lower_id, upper_id) id, lower_id, upper_id from pair order by lower_id, upper_id, updated_at desc, id
    )
    update conversation c set creation_key = 'dm:[' || to_json(lower_id) || ',' || to_json(upper_id) || ']'
    from latest where latest.id = c.id and c.creation_key is null`);
    this.addSql('create index mention_seq on mention (conversation_id, seq)');
  }

  override down(): void {
    this.addSql('drop index mention_seq');
    this.addSql(`update conversation set creation_key = null where creation_key like 'dm:%'`);
    this.addSql('alter table conversation drop column creation_digest');
  }
}
