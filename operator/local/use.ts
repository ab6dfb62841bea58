import type { Programs } from './programs.ts';
import type { Terminal } from './terminal.ts';

/** What a stack on this machine runs without, and how to have it: name and sentence. */
export const describeMissing = ({ redis, pgbouncer }: Programs): [name: string, text: string][] => {
  const missing: [string, string][] = [];
  if (!redis)
    missing.push([
      'redis',
      'not here: no cache, every read asks Postgres (apt-get install redis-server, or brew install redis)',
    ]);
  if (!pgbouncer)
    missing.push([
      'pgbouncer',
      'not here: the service keeps its own connections to Postgres (apt-get or brew install pgbouncer)',
    ]);
  return missing;
};

/** What to do with a stack that is ready: the address and two requests that work. */
export const describeUse = (url: string, seconds: number, terminal: Terminal): string[] => {
  const messages = `${url}/api/v1/chat/conversations/conv-1/messages`;
  const body = `{"userId":"user-1","content":"Hello","messageType":"TEXT"}`;
  return [
    '',
    `Ready after ${seconds.toFixed(1)} s: ${terminal.style('cyan', `${url}/`)}`,
    '',
    `  curl '${messages}?userId=user-1&limit=10'`,
    `  curl -H 'content-type: application/json' -d '${body}' '${messages}'`,
    '',
    terminal.style('dim', 'Ctrl-C stops everything and keeps the data.'),
  ];
};
