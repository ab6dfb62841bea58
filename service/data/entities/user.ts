import { defineEntity, type InferEntity, p } from '@mikro-orm/postgresql';

/** Somebody who takes part in conversations. Identity lives elsewhere: a row is made when an id is first mentioned. */
export const User = defineEntity({
  name: 'User',
  tableName: 'chat_user',
  properties: {
    id: p.string().length(128).primary(),
    createdAt: p.datetime(3).columnType('timestamptz(3)').defaultRaw('now()'),
  },
});

/** A row of `chat_user`. */
export type User = InferEntity<typeof User>;
