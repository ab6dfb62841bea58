import type * as Prometheus from 'prom-client';
import { Counter, Gauge, Histogram, Registry, registerComputed } from './prometheus.ts';
import type { QueueObserver } from './work-queue.ts';

/** How a reconcile ended, in controller-runtime's words. */
export type ReconcileResult = 'success' | 'error' | 'requeue_after';

/** The metrics of one controller and its queue. */
export interface ControllerMetrics extends QueueObserver {
  workerStarted(): void;
  /** `terminal`: stalled, so not tried again. `panic`: a mistake of the program's. */
  workerFinished(result: ReconcileResult, seconds: number, error?: 'error' | 'terminal' | 'panic'): void;
}

/** The runtime's metrics under controller-runtime's names, so that its dashboards and alerts work. */
export interface RuntimeMetrics {
  /** Where a program adds metrics of its own. */
  readonly registry: Prometheus.Registry;
  /** One answered (code) or failed (code `<error>`) request. */
  countRequest(method: string, code: string): void;
  /** Whether this process leads, per election name. */
  setLeader(name: string, leads: boolean): void;
  /** The metrics of a controller; depth and running work are asked for at each scrape. */
  forController(name: string, workers: number, queue: () => QueueState): ControllerMetrics;
}

/** What a scrape asks a queue. */
export interface QueueState {
  depth: number;
  /** Seconds since the start of each piece of running work. */
  runningSeconds: number[];
}

const reconcileBuckets = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.25, 1.5, 1.75, 2,
  2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 40, 50, 60,
];
const queueBuckets = [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1, 10, 100, 1000];

/** Builds the metrics in a registry of their own. */
export function createRuntimeMetrics(): RuntimeMetrics {
  const registry = new Registry();
  const registers = [registry];
  const queues = new Map<string, () => QueueState>();

  const requests = new Counter({
    name: 'rest_client_requests_total',
    help: 'Requests to the API server by status code and method.',
    labelNames: ['code', 'method'],
    registers,
  });
  const leader = new Gauge({
    name: 'leader_election_master_status',
    help: 'Whether this process leads.',
    labelNames: ['name'],
    registers,
  });
  buildProcessMetrics(registry);
  buildQueueGauges(registers, queues);
  const controllers = buildControllerMetrics(registers);

  return {
    registry,
    countRequest: (method, code) => requests.inc({ method, code }),
    setLeader: (name, leads) => leader.set({ name }, leads ? 1 : 0),
    forController(name, workers, queue) {
      queues.set(name, queue);
      return controllers(name, workers);
    },
  };
}

function buildProcessMetrics(registry: Prometheus.Registry): void {
  const one = (compute: () => number) => ({ labelNames: [], compute: () => [{ labels: {}, value: compute() }] });
  registerComputed(registry, {
    type: 'gauge',
    name: 'process_resident_memory_bytes',
    help: 'Resident memory of the process.',
    ...one(() => process.memoryUsage.rss()),
  });
  registerComputed(registry, {
    type: 'counter',
    name: 'process_cpu_seconds_total',
    help: 'CPU time of the process, user and system.',
    ...one(() => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6;
    }),
  });
}

function buildQueueGauges(registers: Prometheus.Registry[], queues: Map<string, () => QueueState>): void {
  const gauge = (name: string, help: string, read: (state: QueueState) => number): void => {
    new Gauge({
      name,
      help,
      labelNames: ['name', 'controller'],
      registers,
      collect() {
        for (const [controller, state] of queues) {
          this.set({ name: controller, controller }, read(state()));
        }
      },
    });
  };
  gauge('workqueue_depth', 'Keys that wait for a worker.', (state) => state.depth);
  gauge('workqueue_unfinished_work_seconds', 'Seconds of running work that is not yet observed.', (state) =>
    state.runningSeconds.reduce((sum, each) => sum + each, 0),
  );
  gauge(
    'workqueue_longest_running_processor_seconds',
    'Seconds since the start of the longest running work.',
    (state) => Math.max(0, ...state.runningSeconds),
  );
}

function buildControllerMetrics(
  registers: Prometheus.Registry[],
): (name: string, workers: number) => ControllerMetrics {
  const labelNames = ['controller'] as const;
  const counter = (name: string, help: string) => new Counter({ name, help, labelNames, registers });
  const gauge = (name: string, help: string) => new Gauge({ name, help, labelNames, registers });
  const total = new Counter({
    name: 'controller_runtime_reconcile_total',
    help: 'Reconciles by controller and result.',
    labelNames: ['controller', 'result'],
    registers,
  });
  const errors = counter('controller_runtime_reconcile_errors_total', 'Reconciles that ended in an error.');
  const terminal = counter('controller_runtime_terminal_reconcile_errors_total', 'Reconciles that ended stalled.');
  const panics = counter('controller_runtime_reconcile_panics_total', 'Reconciles that met a mistake of the program.');
  const active = gauge('controller_runtime_active_workers', 'Workers that reconcile now.');
  const maximum = gauge('controller_runtime_max_concurrent_reconciles', 'Workers of the controller.');
  const histogram = (name: string, help: string, buckets: number[]) =>
    new Histogram({ name, help, buckets, labelNames, registers });
  const time = histogram('controller_runtime_reconcile_time_seconds', 'Seconds of a reconcile.', reconcileBuckets);

  const queueLabels = ['name', 'controller'] as const;
  const adds = new Counter({ name: 'workqueue_adds_total', help: 'Keys added.', labelNames: queueLabels, registers });
  const retries = new Counter({
    name: 'workqueue_retries_total',
    help: 'Keys added again with back-off.',
    labelNames: queueLabels,
    registers,
  });
  const queueHistogram = (name: string, help: string) =>
    new Histogram({ name, help, buckets: queueBuckets, labelNames: queueLabels, registers });
  const waited = queueHistogram('workqueue_queue_duration_seconds', 'Seconds a key waits for a worker.');
  const worked = queueHistogram('workqueue_work_duration_seconds', 'Seconds of work on a key.');

  return (controller, workers) => {
    const own = { controller };
    const queue = { name: controller, controller };
    maximum.set(own, workers);
    // Absent series break rates and alerts: they begin at zero.
    for (const each of [errors, terminal, panics]) {
      each.inc(own, 0);
    }
    for (const result of ['success', 'error', 'requeue_after']) {
      total.inc({ controller, result }, 0);
    }
    active.set(own, 0);
    return {
      added: () => adds.inc(queue),
      retried: () => retries.inc(queue),
      started: (seconds) => waited.observe(queue, seconds),
      finished: (seconds) => worked.observe(queue, seconds),
      workerStarted: () => active.inc(own),
      workerFinished(result, seconds, error) {
        active.dec(own);
        total.inc({ controller, result });
        time.observe(own, seconds);
        if (error !== undefined) {
          errors.inc(own);
        }
        if (error === 'terminal') {
          terminal.inc(own);
        } else if (error === 'panic') {
          panics.inc(own);
        }
      },
    };
  };
}
