import { Migration } from '@mikro-orm/migrations';

/**
 * Roles, read markers, mentions, reactions, replies, edits, deletions, retention, conversations that are made once, and the
 * outbox of changes that were committed and not announced yet. New columns are nullable or have a constant default, so
 * that no row is written again, and a program of before goes on while this one rolls out.
 */
export class CompleteChat extends Migration {
  override up(): void {
    this.addSql(`alter table conversation
      add column creation_key varchar(600),
      add column retention_days integer check (retention_days between 1 and 3650)`);
    this.addSql('create unique index conversation_creation_key on conversation (creation_key)');
    this.addSql('create index conversation_retention on conversation (id) where retention_days is not null');

    this.addSql(`alter table participant
      add column role varchar(16) not null default 'MEMBER' check (role in ('OWNER', 'MEMBER')),
      add column last_read_seq bigint not null default 0`);
    // A send moves its sender's marker: room on the page keeps such an update heap-only.
    this.addSql('alter table participant set (fillfactor = 80)');
    this.addSql(`update participant p set role = 'OWNER' from conversation c where c.id = p.conversation_id and (
      c.type = 'DIRECT_MESSAGE' or p.user_id = (
        select user_id from participant where conversation_id = c.id order by joined_at, user_id limit 1
      ))`);

    this.addSql('alter table message drop constraint message_message_type_check');
    this.addSql(`alter table message
      add constraint message_message_type_check check (message_type in ('TEXT', 'REPLY', 'SYSTEM')),
      add column reply_to_id varchar(128),
      add column edited_at timestamptz(3),
      add column deleted_at timestamptz(3),
      add column changed_version bigint,
      add column sent_digest bytea,
      add column reactions jsonb`);
    // What a catch-up reads beside the messages of newer seq. Only changed messages are in it: a send does not touch it.
    this.addSql(`create index message_changed on message (conversation_id, changed_version)
      where changed_version is not null`);
    this.addSql(`create index message_words on message using gin (to_tsvector('simple', content))`);

    this.addSql(`create table mention (
      conversation_id varchar(128) not null references conversation on update cascade on delete cascade,
      user_id varchar(128) not null references chat_user on update cascade,
      seq bigint not null,
      primary key (conversation_id, user_id, seq)
    )`);
    // No foreign key: a row lives for milliseconds, and every send makes one.
    this.addSql(`create table outbox (
      id bigint generated always as identity primary key,
      conversation_id varchar(128) not null,
      version bigint not null,
      created_at timestamptz(3) not null default now()
    )`);
    // Rows come and go at the rate of sends, so the share of dead ones says nothing: clean after a fixed number.
    this.addSql('alter table outbox set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000)');
  }

  override down(): void {
    this.addSql('drop table outbox, mention');
    this.addSql('drop index message_words, message_changed');
    this.addSql(`alter table message drop constraint message_message_type_check,
      drop column reply_to_id, drop column edited_at, drop column deleted_at, drop column changed_version,
      drop column sent_digest, drop column reactions`);
    this.addSql(`alter table message add constraint message_message_type_check check (message_type in ('TEXT'))`);
    this.addSql('alter table participant drop column role, drop column last_read_seq');
    this.addSql('alter table conversation drop column creation_key, drop column retention_days');
  }
}
