import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createApiRequests } from '../runtime/api-requests.ts';
import { type Environment, findCluster } from '../runtime/find-cluster.ts';
import { listContextNames } from '../runtime/kubeconfig.ts';
import { createKubernetesClient } from '../runtime/kubernetes-client.ts';
import { CommandError } from './command.ts';
import type { Cluster, ClusterChoice } from './machine.ts';
import { openForward } from './port-forward.ts';

/** Who the command line is to the API server. */
const commandLineManager = 'chatstack';

/** How long a log may be silent, in milliseconds. */
const longestSilence = 30_000;

/** Opens the cluster that the choice and the environment name. Throws a CommandError when there is none. */
export async function openCluster(env: Environment, choice: ClusterChoice): Promise<Cluster> {
  const connection = await findCluster(withKubeconfig(env, choice), undefined, choice.context).catch(
    (error: unknown) => {
      throw new CommandError('cluster', error instanceof Error ? error.message : String(error));
    },
  );
  const { patienceMilliseconds: timeoutMilliseconds } = choice;
  const options = { connection, ...(timeoutMilliseconds === undefined ? {} : { timeoutMilliseconds }) };
  const requests = createApiRequests({ ...options, fieldManager: commandLineManager });
  return {
    server: connection.server.href,
    namespace: connection.namespace,
    client: createKubernetesClient({ ...options, fieldManager: commandLineManager }),
    dryRun: (fieldManager) => createKubernetesClient({ ...options, fieldManager, dryRun: true }),
    readLines: (path) => requests.stream({ method: 'GET', path }, new AbortController().signal, longestSilence),
    read: (path) => requests.request({ method: 'GET', path }),
    ask: (path, question) => requests.request({ method: 'POST', path, body: question }),
    forward: (pod, port) => openForward({ files: kubeconfigFiles(env, choice), context: choice.context }, pod, port),
  };
}

/** Names of the contexts in the kubeconfig that the choice and the environment name. */
export async function listContexts(env: Environment, choice: ClusterChoice): Promise<string[]> {
  const { KUBECONFIG } = withKubeconfig({ KUBECONFIG: defaultKubeconfig(env), ...env }, choice);
  return listContextNames((KUBECONFIG ?? '').split(delimiter).filter((file) => file !== ''));
}

/** The kubeconfig that `findCluster` takes; undefined for a pod's service account. */
function kubeconfigFiles(env: Environment, choice: ClusterChoice): string[] | undefined {
  const { KUBECONFIG, KUBERNETES_SERVICE_HOST } = withKubeconfig(env, choice);
  if (KUBECONFIG) return KUBECONFIG.split(delimiter).filter((file) => file !== '');
  return KUBERNETES_SERVICE_HOST ? undefined : [defaultKubeconfig(env)];
}

const defaultKubeconfig = (env: Environment): string => join(env.HOME ?? homedir(), '.kube', 'config');

/** A pod's service account has no contexts: who names one means a kubeconfig. */
function withKubeconfig(env: Environment, { context, kubeconfig }: ClusterChoice): Environment {
  if (kubeconfig !== undefined) return { ...env, KUBECONFIG: kubeconfig };
  return context !== undefined && !env.KUBECONFIG ? { ...env, KUBECONFIG: defaultKubeconfig(env) } : env;
}
