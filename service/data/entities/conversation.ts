import { defineEntity, type InferEntity, p } from '@mikro-orm/postgresql';
import { CONVERSATION_TYPES } from '../../domain/conversation.ts';

/**
 * A conversation. `lastSeq` is the seq of its newest message; `version` grows in every transaction that changes anything
 * a page of it tells (messages, participants), which is what the cache relies on. Only SQL changes these two, by one.
 * `updatedAt` moves with each new message. `creationKey` makes sure that what was asked for twice is made once,
 * and `creationDigest` tells what was asked for.
 */
export const Conversation = defineEntity({
  name: 'Conversation',
  tableName: 'conversation',
  properties: {
    id: p.string().length(128).primary(),
    type: p.enum(CONVERSATION_TYPES).columnType('varchar(32)'),
    title: p.string().length(200).nullable(),
    version: p.bigint('number').default(0),
    lastSeq: p.bigint('number').default(0),
    creationKey: p.string().length(600).nullable().unique(),
    creationDigest: p.blob().nullable(),
    retentionDays: p.integer().nullable(),
    createdAt: p.datetime(3).columnType('timestamptz(3)').defaultRaw('now()'),
    updatedAt: p.datetime(3).columnType('timestamptz(3)').defaultRaw('now()'),
  },
});

/** A row of `conversation`. */
export type Conversation = InferEntity<typeof Conversation>;
