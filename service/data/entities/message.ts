import { defineEntity, type InferEntity, p } from '@mikro-orm/postgresql';
import { MESSAGE_TYPES } from '../../domain/message.ts';
import { Conversation } from './conversation.ts';
import { User } from './user.ts';

/**
 * A message. `(conversation, seq)` is unique and gapless: the place of the message in the one order all readers see.
 * `clientMessageId`, where the sender gave one, is unique among the sender's messages of the conversation.
 * `changedVersion` is the version that its last edit, deletion or reaction gave the conversation; `sentDigest` remembers from the
 * first of these on what was sent. `reactions` lists for each emoji who gave it.
 */
export const Message = defineEntity({
  name: 'Message',
  tableName: 'message',
  uniques: [{ name: 'message_conversation_seq', properties: ['conversation', 'seq'] }],
  properties: {
    id: p.string().length(128).primary(),
    conversation: () => p.manyToOne(Conversation).deleteRule('cascade'),
    seq: p.bigint('number'),
    user: () => p.manyToOne(User),
    messageType: p.enum(MESSAGE_TYPES).columnType('varchar(32)'),
    content: p.text(),
    replyToId: p.string().length(128).nullable(),
    editedAt: p.datetime(3).columnType('timestamptz(3)').nullable(),
    deletedAt: p.datetime(3).columnType('timestamptz(3)').nullable(),
    changedVersion: p.bigint('number').nullable(),
    sentDigest: p.blob().nullable(),
    reactions: p.json<Record<string, string[]>>().nullable(),
    clientMessageId: p.string().length(128).nullable(),
    createdAt: p.datetime(3).columnType('timestamptz(3)').defaultRaw('now()'),
  },
});

/** A row of `message`. */
export type Message = InferEntity<typeof Message>;
