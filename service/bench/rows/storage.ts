import { compare } from '../compare.ts';
import { CONVERSATIONS, messagesPath, pagePath, sendBody } from '../conversations.ts';
import { judge, type Row } from '../row.ts';

const everywhere = Array.from({ length: CONVERSATIONS }, (_, index) => ({ path: messagesPath(index), body: sendBody }));

/** What goes to Postgres, against node:http with pg on the same PgBouncer. */
export const STORAGE: readonly Row[] = [
  {
    name: 'uncached',
    title: 'uncached page through MikroORM and PgBouncer',
    target: '≥ 80 % of node:http + pg SELECT',
    run: async (bench) => {
      const load = { method: 'GET', headers: {}, requests: [{ path: pagePath(0) }] } as const;
      const service = { server: await bench.service('uncached'), load };
      return judge(await compare(service, { server: await bench.limit('select'), load }, bench.settings), 80);
    },
  },
  {
    name: 'send',
    title: 'send: version, seq, message, outbox, event',
    target: '≥ 60 % of node:http + pg INSERT',
    run: async (bench) => {
      const headers = { 'Content-Type': 'application/json' };
      const load = { method: 'POST', headers, requests: everywhere } as const;
      const service = { server: await bench.service('cached'), load };
      return judge(await compare(service, { server: await bench.limit('insert'), load }, bench.settings), 60);
    },
  },
];
