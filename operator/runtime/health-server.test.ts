import { afterEach, expect, test } from '@jest/globals';
import { type HealthServer, startHealthServer } from './health-server.ts';
import { createRuntimeMetrics } from './metrics.ts';

let server: HealthServer | undefined;
afterEach(() => server?.close());

async function read(path: string): Promise<[number, string]> {
  const response = await fetch(`http://127.0.0.1:${server?.port}${path}`);
  return [response.status, await response.text()];
}

test('readiness follows its checks and says what is wrong; liveness is answering', async () => {
  const state = { synced: false };
  const readiness = { caches: () => (state.synced ? null : 'the first list is not complete'), config: () => null };
  server = await startHealthServer({ port: 0, host: '127.0.0.1', metrics: createRuntimeMetrics(), readiness });
  expect(await read('/healthz')).toEqual([200, 'ok\n']);
  expect(await read('/readyz')).toEqual([503, '[-] caches: the first list is not complete\n[+] config ok\nfailed\n']);
  state.synced = true;
  expect(await read('/readyz?verbose')).toEqual([200, '[+] caches ok\n[+] config ok\nok\n']);
  expect((await read('/other'))[0]).toBe(404);
});

test('metrics carry the names that dashboards for controllers look for', async () => {
  const metrics = createRuntimeMetrics();
  server = await startHealthServer({ port: 0, host: '127.0.0.1', metrics, readiness: {} });
  const controller = metrics.forController('thing', 4, () => ({ depth: 2, runningSeconds: [1.5, 2] }));
  controller.added();
  controller.started(0.1);
  controller.workerStarted();
  controller.workerFinished('error', 0.2, 'panic');
  metrics.countRequest('PATCH', '200');
  metrics.setLeader('operator', true);
  const [, text] = await read('/metrics');
  for (const line of [
    'controller_runtime_reconcile_total{controller="thing",result="error"} 1',
    'controller_runtime_reconcile_total{controller="thing",result="success"} 0',
    'controller_runtime_reconcile_errors_total{controller="thing"} 1',
    'controller_runtime_reconcile_panics_total{controller="thing"} 1',
    'controller_runtime_reconcile_time_seconds_count{controller="thing"} 1',
    'controller_runtime_active_workers{controller="thing"} 0',
    'controller_runtime_max_concurrent_reconciles{controller="thing"} 4',
    'workqueue_depth{name="thing",controller="thing"} 2',
    'workqueue_unfinished_work_seconds{name="thing",controller="thing"} 3.5',
    'workqueue_longest_running_processor_seconds{name="thing",controller="thing"} 2',
    'workqueue_adds_total{name="thing",controller="thing"} 1',
    'workqueue_queue_duration_seconds_count{name="thing",controller="thing"} 1',
    'rest_client_requests_total{method="PATCH",code="200"} 1',
    'leader_election_master_status{name="operator"} 1',
  ]) {
    expect(text).toContain(`${line}\n`);
  }
  expect(text).toMatch(/process_resident_memory_bytes \d{7,}/);
});

test('a taken port is an error', async () => {
  const options = { host: '127.0.0.1', metrics: createRuntimeMetrics(), readiness: {} };
  server = await startHealthServer({ ...options, port: 0 });
  await expect(startHealthServer({ ...options, port: server.port })).rejects.toThrow('EADDRINUSE');
});
