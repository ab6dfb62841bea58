import { setTimeout as elapse } from 'node:timers/promises';
import { createChatClient } from '@chatstack/client/chat-client.ts';
import { serviceAddress } from '../../faults/address.ts';
import { findPod } from '../../faults/catalogue/pods.ts';
import type { Alarm } from '../alarm.ts';
import { keepSessions } from '../sessions.ts';
import { inPostgres } from './fills.ts';

/** Pages that the crawler reads, one after the other, at most so many a second; each is of another length or begins elsewhere. */
const PAGES_PER_SECOND = 20;
const LENGTHS = 100;
const MESSAGES = 100;

const crawler: Alarm = {
  name: 'crawler',
  what: `A crawler reads ${PAGES_PER_SECOND} pages of a conversation a second, each once.`,
  stack: 'sixth',
  lane: 'crawler',
  expects: [{ alert: 'ChatStackCacheHitRatioLow', severity: 'warning' }],
  begin: async (scene, ended) => {
    const client = createChatClient({ baseUrl: await serviceAddress(scene), userId: 'crawler' });
    const { id } = await client.createConversation({ type: 'DIRECT_MESSAGE', participantIds: ['crawler', 'somebody'] });
    for (let sent = 0; sent < MESSAGES; sent += 1)
      await client.send({ conversationId: id, content: `message ${sent}` });
    void (async () => {
      for (let page = 0; !ended.aborted; page += 1) {
        const asked = { conversationId: id, limit: 1 + (page % LENGTHS), offset: Math.floor(page / LENGTHS) };
        await Promise.all([client.history(asked).catch(() => undefined), elapse(1000 / PAGES_PER_SECOND)]);
      }
    })();
  },
};

const TABLE = 'alarms_large';

/** Twice what Postgres of size small keeps in its own memory. */
const MAKE_TABLE = `
export PGPASSWORD=$POSTGRES_PASSWORD
psql -X -q -v ON_ERROR_STOP=1 -h 127.0.0.1 -U postgres -d chatstack \\
  -c 'create unlogged table if not exists ${TABLE} (text text)' \\
  -c "insert into ${TABLE} select repeat('x', 1900) from generate_series(1, 100000)" \\
  -c 'grant select on ${TABLE} to public'`;

const DROP_TABLE = `
export PGPASSWORD=$POSTGRES_PASSWORD
psql -X -q -h 127.0.0.1 -U postgres -d chatstack -c 'drop table if exists ${TABLE}'`;

const tableReadWhole: Alarm = {
  name: 'table read whole',
  what: 'A session reads a table of 200 MB from its beginning to its end every few seconds.',
  stack: 'seventh',
  lane: 'table',
  expects: [{ alert: 'ChatStackPostgresCacheHitLow', severity: 'warning' }],
  begin: async (scene, ended) => {
    await inPostgres(scene, MAKE_TABLE);
    const { metadata } = await findPod(scene, { component: 'postgres', index: 0 });
    const read = `select count(*) from ${TABLE}; select pg_sleep(3)`;
    await keepSessions(scene, { pod: metadata.name, port: 5432 }, [read], ended);
  },
  end: async (scene) => void (await inPostgres(scene, DROP_TABLE)),
};

/** Reads that caches are of no use for. */
export const reads: readonly Alarm[] = [crawler, tableReadWhole];
