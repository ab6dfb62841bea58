import { Migration } from '@mikro-orm/migrations';

/** Users, conversations, participants and messages. */
export class CreateChatTables extends Migration {
  override up(): void {
    this.addSql(`create table chat_user (
      id varchar(128) primary key,
      created_at timestamptz(3) not null default now()
    )`);
    this.addSql(`create table conversation (
      id varchar(128) primary key,
      type varchar(32) not null check (type in ('DIRECT_MESSAGE', 'GROUP')),
      title varchar(200),
      version bigint not null default 0,
      last_seq bigint not null default 0,
      created_at timestamptz(3) not null default now(),
      updated_at timestamptz(3) not null default now()
    )`);
    // Every send updates its conversation's row: room on the page keeps such an update heap-only (no index is touched).
    this.addSql('alter table conversation set (fillfactor = 70)');
    this.addSql(`create table participant (
      conversation_id varchar(128) not null references conversation on update cascade on delete cascade,
      user_id varchar(128) not null references chat_user on update cascade,
      joined_at timestamptz(3) not null default now(),
      primary key (conversation_id, user_id)
    )`);
    this.addSql('create index participant_user on participant (user_id)');
    // The unique index is also the one that pages are read by: (conversation_id, seq) backwards.
    this.addSql(`create table message (
      id varchar(128) primary key,
      conversation_id varchar(128) not null references conversation on update cascade on delete cascade,
      seq bigint not null,
      user_id varchar(128) not null references chat_user on update cascade,
      message_type varchar(32) not null check (message_type in ('TEXT')),
      content text not null,
      created_at timestamptz(3) not null default now(),
      constraint message_conversation_seq unique (conversation_id, seq)
    )`);
  }

  override down(): void {
    this.addSql('drop table message, participant, conversation, chat_user');
  }
}
