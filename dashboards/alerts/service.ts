import type { Alert } from './alert.ts';
import { percent, perStack, type Scope, time } from './scope.ts';

/** Alerts on the processes of the chat service, and on what they find of Postgres and Redis. */
export const buildServiceAlerts = (scope: Scope): readonly Alert[] => [
  serviceDown(scope),
  ...listMissing(scope),
  eventLoopSlow(scope),
  connectionsRefused(scope),
  outboxLag(scope),
  statementsSlow(scope),
  ...(scope.input.hasRedis ? [redisUnavailable(scope), cacheHitRatioLow(scope)] : []),
];

const listMissing = (scope: Scope): readonly Alert[] => {
  const { hasOperator, hasPoolers, hasExporters, poolers, serviceReplicas } = scope.input;
  if (hasOperator) return [];
  const service = processesMissing(scope, 'service', serviceReplicas);
  return hasPoolers && hasExporters ? [service, processesMissing(scope, 'pgbouncer', poolers)] : [service];
};

const serviceDown = ({ series, input }: Scope): Alert => ({
  name: 'ChatStackServiceDown',
  severity: 'critical',
  component: 'service',
  expression: `absent(${series('up', 'component="service"')} == 1)`,
  for: '2m',
  summary: 'No process of the chat service answers',
  description: `Not one process of the chat service of ${input.stack} lets itself be scraped.`,
  when: 'no process of the service can be scraped',
  threshold: 'none',
});

/** What can be scraped is all that is known where no operator tells. */
const processesMissing = ({ series }: Scope, component: 'service' | 'pgbouncer', wanted: number): Alert => ({
  name: 'ChatStackReplicasMissing',
  severity: 'warning',
  component,
  expression: `count ${perStack} (${series('up', `component="${component}"`)} == 1) < ${wanted}`,
  for: '15m',
  summary: 'Fewer replicas run than were asked for',
  description: `{{ $value }} of ${component} can be scraped, ${wanted} are wanted.`,
  when: `processes of ${component} that can be scraped`,
  threshold: '< those asked for',
});

const eventLoopSlow = ({ series, thresholds }: Scope): Alert => ({
  name: 'ChatStackEventLoopSlow',
  severity: 'warning',
  component: 'service',
  expression: `${series('nodejs_eventloop_lag_p99_seconds', 'component="service"')} > ${thresholds.eventLoopDelaySeconds}`,
  for: '10m',
  summary: 'A process of the service is late with ready work',
  description: 'Ready work waits {{ $value | humanizeDuration }} (p99) for the one thread of {{ $labels.instance }}.',
  when: 'p99 of the delay of the event loop of a process of the service',
  threshold: `> ${time(thresholds.eventLoopDelaySeconds)}`,
});

/** What is refused reaches no route, so the objectives do not see it. */
const connectionsRefused = ({ series, window }: Scope): Alert => ({
  name: 'ChatStackConnectionsRefused',
  severity: 'warning',
  component: 'service',
  expression: `increase(${series('http_connections_refused_total')}[${window}]) > 0`,
  for: '1m',
  summary: 'A process of the service refuses connections',
  description: `{{ $labels.instance }} has as many connections as it takes, and refused about {{ $value | printf "%.0f" }} within ${window}.`,
  when: `connections that a process of the service refused within ${window}, as it had MAX_CONNECTIONS already`,
  threshold: '> 0',
});

const outboxLag = ({ series, thresholds }: Scope): Alert => ({
  name: 'ChatStackOutboxLag',
  severity: 'warning',
  component: 'service',
  expression: `max ${perStack} (${series('outbox_oldest_seconds')}) > ${thresholds.outboxAgeSeconds}`,
  for: '2m',
  summary: 'Changes are committed, but announced to nobody',
  description: 'A change was committed {{ $value | humanizeDuration }} ago and no process has announced it.',
  when: 'age of the oldest change that was not announced',
  threshold: `> ${time(thresholds.outboxAgeSeconds)}`,
});

const statementsSlow = ({ series, thresholds, window }: Scope): Alert => {
  const total = (part: string) =>
    `sum by (namespace, stack, kind) (rate(${series(`db_statement_duration_seconds_${part}`, 'kind=~"read|write"')}[${window}]))`;
  return {
    name: 'ChatStackStatementsSlow',
    severity: 'warning',
    component: 'postgres',
    expression: `${total('sum')} / ${total('count')} > ${thresholds.meanStatementSeconds}`,
    for: '10m',
    summary: 'Statements take long',
    description: 'A {{ $labels.kind }} statement of the service takes {{ $value | humanizeDuration }} on average.',
    when: 'mean time of a statement of the service, its wait in the pooler included, by kind',
    threshold: `> ${time(thresholds.meanStatementSeconds)}`,
  };
};

const redisUnavailable = ({ series }: Scope): Alert => ({
  name: 'ChatStackRedisUnavailable',
  severity: 'warning',
  component: 'service',
  expression: `${series('redis_available')} == 0`,
  for: '2m',
  summary: 'A process of the service does without Redis',
  description: '{{ $labels.instance }} leaves Redis alone, because it does not answer: pages come from Postgres.',
  when: 'a process of the service gets no answers from Redis',
  threshold: '0',
});

/** A read looks within the process first, and asks Redis only if that was no hit. */
const cacheHitRatioLow = ({ series, thresholds, window }: Scope): Alert => {
  const rate = (matchers: string) => `rate(${series('cache_requests_total', matchers)}[${window}])`;
  const hits = `sum ${perStack} (${rate('result="hit"')})`;
  const reads = `sum ${perStack} (${rate('cache="history"')} or ${rate('cache="local",result="hit"')})`;
  return {
    name: 'ChatStackCacheHitRatioLow',
    severity: 'warning',
    component: 'service',
    expression: `${hits} / ${reads} < ${thresholds.cacheHitRatio}\nand ${reads} > ${thresholds.leastCacheReadsPerSecond}`,
    for: '15m',
    summary: 'Few reads of history are answered by the cache',
    description:
      '{{ $value | humanizePercentage }} of the reads of history are answered by the cache, the others by Postgres.',
    when: `share of reads of history that a cache answers, where more than ${thresholds.leastCacheReadsPerSecond} a second come`,
    threshold: `< ${percent(thresholds.cacheHitRatio)}`,
  };
};
