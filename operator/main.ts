import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { pino } from 'pino';
import { type OperatorConfig, OperatorConfigError, readOperatorConfig } from './config/operator-config.ts';
import { readDashboards } from './config/read-dashboards.ts';
import { awaitCustomResource } from './reconcile/await-custom-resource.ts';
import { fieldManager } from './reconcile/child-kinds.ts';
import { createStackController } from './reconcile/stack-controller.ts';
import { findCluster } from './runtime/find-cluster.ts';
import { startHealthServer } from './runtime/health-server.ts';
import { createKubernetesClient } from './runtime/kubernetes-client.ts';
import { runElected } from './runtime/leader-election.ts';
import type { Log } from './runtime/log.ts';
import { createRuntimeMetrics } from './runtime/metrics.ts';
import { operatorVersion as version } from './version.ts';

const usage = `chatstack-operator ${version}: makes every ChatStack of a cluster real

Usage: node operator/main.ts [--help | --version]

Environment:
  KUBECONFIG        cluster to work on; without it the pod's service account, then ~/.kube/config
  WATCH_NAMESPACE   the one namespace to watch (default: all)
  SERVICE_IMAGE     image of the chat service for stacks that name none (default: this version's)
  DEVELOPMENT       true: service pods restart when their sources change (default: false)
  WORKERS           stacks reconciled at the same time (default: 4)
  METRICS_PORT      port of /metrics, /healthz and /readyz (default: 9464)
  LEADER_ELECTION_LEASE   Lease, in the operator's own namespace, by which replicas choose the one that works
                    (default: no election; run one replica)
  OPERATOR_NAMESPACE, OPERATOR_POD_LABELS
                    where the operator's own pods are (labels as a=b,c=d): network policies let them to the admin consoles of
                    poolers (default: it runs in no pod)
  OPERATOR_METRICS_HOST   name that resolves to the address of each of its pods: the Prometheus of a stack reads their metrics there
  LOG_LEVEL         trace, debug, info, warn, error or fatal (default: info)
`;

/** Runs the operator until the signal aborts. Rejects when it can't start, or has lost the lead. */
async function operate(config: OperatorConfig, log: Log, signal: AbortSignal): Promise<void> {
  const metrics = createRuntimeMetrics();
  const connection = await findCluster(process.env);
  const client = createKubernetesClient({ connection, fieldManager, metrics });
  const controller = createStackController({
    client,
    namespace: config.watchNamespace,
    serviceImage: config.serviceImage,
    development: config.development,
    operatorPods: config.pods,
    dashboards: readDashboards(),
    workers: config.workers,
    instance: hostname(),
    metrics,
    log,
  });
  let isLeading = config.leaderElectionLease === undefined;
  // Who never led says so: a series that is absent would look like an operator that is not scraped.
  metrics.setLeader(fieldManager, false);
  const health = await startHealthServer({
    port: config.metricsPort,
    metrics,
    // A replica that waits for the lead is as ready as it can be.
    readiness: {
      watches: () => (!isLeading || controller.hasSynced() ? null : 'the first lists of the watches are not in yet'),
    },
  });
  log.info({ version, server: connection.server.href, port: health.port, ...config }, 'operator started');
  const lead = async (stopping: AbortSignal) => {
    isLeading = true;
    metrics.setLeader(fieldManager, true);
    const options = { client, namespace: config.watchNamespace, log, signal: stopping };
    if (await awaitCustomResource(options)) await controller.run(stopping);
    metrics.setLeader(fieldManager, false);
  };
  const key = { namespace: connection.namespace, name: config.leaderElectionLease ?? '' };
  const identity = `${hostname()}_${randomUUID()}`;
  const ended =
    config.leaderElectionLease === undefined
      ? await lead(signal)
      : await runElected({ client, key, identity, lead, log }, signal);
  log.info({}, 'operator stopping');
  await health.close();
  if (ended === 'lost')
    throw new Error(`the lead (Lease ${key.namespace}/${key.name}) was lost; another replica goes on`);
}

async function main(options: readonly string[]): Promise<number> {
  if (options.includes('--version')) {
    process.stdout.write(`${version}\n`);
    return 0;
  }
  if (options.length > 0) {
    const isHelp = options.includes('--help') || options.includes('-h');
    (isHelp ? process.stdout : process.stderr).write(isHelp ? usage : `unknown option ${options[0]}\n\n${usage}`);
    return isHelp ? 0 : 2;
  }
  try {
    const config = readOperatorConfig(process.env);
    const stop = new AbortController();
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => stop.abort());
    await operate(config, pino({ level: config.logLevel, base: null, errorKey: 'error' }), stop.signal);
    return 0;
  } catch (error) {
    const text = error instanceof OperatorConfigError ? error.message : `The operator ends: ${String(error)}`;
    process.stderr.write(`${text}\n`);
    return 1;
  }
}

process.exitCode = await main(process.argv.slice(2));
