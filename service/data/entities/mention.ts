import { defineEntity, type InferEntity, p } from '@mikro-orm/postgresql';
import { Conversation } from './conversation.ts';
import { User } from './user.ts';

/** That the message at `seq` of a conversation names one of its participants. */
export const Mention = defineEntity({
  name: 'Mention',
  tableName: 'mention',
  properties: {
    conversation: () => p.manyToOne(Conversation).primary().deleteRule('cascade'),
    user: () => p.manyToOne(User).primary(),
    seq: p.bigint('number').primary(),
  },
});

/** A row of `mention`. */
export type Mention = InferEntity<typeof Mention>;
