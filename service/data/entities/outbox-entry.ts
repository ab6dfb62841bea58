import { defineEntity, type InferEntity, p } from '@mikro-orm/postgresql';

/** A change that was committed and may not have been announced yet; written by the transaction of the change. */
export const OutboxEntry = defineEntity({
  name: 'OutboxEntry',
  tableName: 'outbox',
  properties: {
    id: p.bigint('string').primary(),
    conversationId: p.string().length(128),
    version: p.bigint('number'),
    createdAt: p.datetime(3).columnType('timestamptz(3)').defaultRaw('now()'),
  },
});

/** A row of `outbox`. */
export type OutboxEntry = InferEntity<typeof OutboxEntry>;
