import { defineEntity, type InferEntity, p } from '@mikro-orm/postgresql';
import { Conversation } from './conversation.ts';
import { User } from './user.ts';

/** That a user takes part in a conversation. */
export const Participant = defineEntity({
  name: 'Participant',
  tableName: 'participant',
  properties: {
    conversation: () => p.manyToOne(Conversation).primary().deleteRule('cascade'),
    user: () => p.manyToOne(User).primary(),
    joinedAt: p.datetime(3).columnType('timestamptz(3)').defaultRaw('now()'),
  },
});

/** A row of `participant`. */
export type Participant = InferEntity<typeof Participant>;
