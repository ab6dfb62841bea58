import { expect, test } from '@jest/globals';
import { parseExposition } from './exposition.ts';
import { createServiceReader } from './service-reader.ts';

/** What two processes tell, the second of which has a start of its own. */
const look = (hits: number, misses: number, secondStart = 20) =>
  parseExposition(`cache_requests_total{cache="local",result="hit",instance="a"} ${hits}
cache_requests_total{cache="history",result="miss",instance="b"} ${misses}
cache_requests_total{cache="local",result="miss",instance="b"} ${misses}
http_connections{instance="a"} 3
http_connections{instance="b"} 4
nodejs_eventloop_lag_p99_seconds{instance="a"} 0.012
nodejs_eventloop_lag_p99_seconds{instance="b"} 0.03
process_resident_memory_bytes{instance="a"} 100
process_resident_memory_bytes{instance="b"} 200
process_start_time_seconds{instance="a"} 10
process_start_time_seconds{instance="b"} ${secondStart}`);

test('several processes are read as one service: their connections and memory together, the longest delay', () => {
  const { read } = createServiceReader(look(10, 10));
  expect(read(look(13, 11))).toEqual({
    ...{ hitRatio: 0.75, clientConnections: 7, eventLoopDelayMilliseconds: 30, serviceBytes: 300 },
  });
});

test('where nothing was asked since the last look, there is no hit ratio', () => {
  const { read } = createServiceReader(look(10, 10));
  expect(read(look(10, 10))).not.toHaveProperty('hitRatio');
});

test('each start of a process since the first look is counted once', () => {
  const { read, restarts } = createServiceReader(look(0, 0));
  for (const start of [20, 21, 21, 22]) read(look(0, 0, start));
  expect(restarts()).toBe(2);
});
