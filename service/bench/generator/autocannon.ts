import autocannon from 'autocannon';
import type { LoadPlan, LoadResult } from './plan.ts';

// A process of its own, because a generator that shares a loop with who measures slows both: the plan comes as JSON on
// standard input, the result goes as JSON to standard output.
const chunks: Buffer[] = [];
for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
const plan = JSON.parse(Buffer.concat(chunks).toString()) as LoadPlan;
const { port, method, headers, connections, seconds, rate } = plan;
const requests = plan.requests.map(({ path, body }) => ({ method, path, ...(body === undefined ? {} : { body }) }));

let started = 0;
const result = await autocannon({
  url: `http://127.0.0.1:${port}`,
  connections,
  duration: seconds,
  headers,
  requests,
  ...(rate === undefined ? {} : { overallRate: rate }),
  setupClient: (client) => {
    const start = Math.floor((requests.length * started) / connections);
    started += 1;
    if (requests.length > 1) client.setRequests([...requests.slice(start), ...requests.slice(0, start)]);
  },
});
const answer: LoadResult = {
  answers: result['2xx'] + result['3xx'],
  failures: result['4xx'] + result['5xx'] + result.errors,
  bytes: result.throughput.total,
  seconds: result.duration,
};
process.stdout.write(JSON.stringify(answer));
