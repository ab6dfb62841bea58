import { defineEntity, type InferEntity, p } from '@mikro-orm/postgresql';
import { ROLES } from '../../domain/conversation.ts';
import { Conversation } from './conversation.ts';
import { User } from './user.ts';

/** That a user takes part in a conversation, as what, and up to which seq the user has read. */
export const Participant = defineEntity({
  name: 'Participant',
  tableName: 'participant',
  properties: {
    conversation: () => p.manyToOne(Conversation).primary().deleteRule('cascade'),
    user: () => p.manyToOne(User).primary(),
    role: p.enum(ROLES).columnType('varchar(16)').default('MEMBER'),
    lastReadSeq: p.bigint('number').default(0),
    joinedAt: p.datetime(3).columnType('timestamptz(3)').defaultRaw('now()'),
  },
});

/** A row of `participant`. */
export type Participant = InferEntity<typeof Participant>;
