import { readFile } from 'node:fs/promises';
import type https from 'node:https';
import { isIPv6 } from 'node:net';
import { delimiter, join } from 'node:path';
import type { Clock } from './clock.ts';
import { systemClock } from './clock.ts';
import { buildAgent, type ClusterConnection, type Credentials } from './cluster-connection.ts';
import { readKubeconfig } from './kubeconfig.ts';

/** The environment in which a cluster is looked for. */
export type Environment = Readonly<Record<string, string | undefined>>;

const serviceAccountFolder = '/var/run/secrets/kubernetes.io/serviceaccount';
/** The kubelet renews a token long before it ends; client-go rereads it as often. */
const tokenLifeMilliseconds = 60_000;

/**
 * The cluster that the environment names: the files of KUBECONFIG, else the pod's service account, else
 * ~/.kube/config. `context` is one of a kubeconfig (unset: its current one). Throws with what it looked for when there is none.
 */
export async function findCluster(
  env: Environment,
  clock: Clock = systemClock,
  context?: string,
): Promise<ClusterConnection> {
  if (env.KUBECONFIG) {
    return readKubeconfig(
      env.KUBECONFIG.split(delimiter).filter((file) => file !== ''),
      context,
    );
  }
  if (env.KUBERNETES_SERVICE_HOST && env.KUBERNETES_SERVICE_PORT) {
    return openServiceAccount(
      env.KUBERNETES_SERVICE_HOST,
      env.KUBERNETES_SERVICE_PORT,
      env.SERVICE_ACCOUNT_FOLDER ?? serviceAccountFolder,
      clock,
    );
  }
  if (env.HOME) {
    return readKubeconfig([join(env.HOME, '.kube', 'config')], context);
  }
  throw new Error('expected a cluster in KUBECONFIG, a service account or ~/.kube/config; found none. Set KUBECONFIG.');
}

/** The API server as seen from a pod. The token and the authority are read again when they are a minute old. */
async function openServiceAccount(
  host: string,
  port: string,
  folder: string,
  clock: Clock,
): Promise<ClusterConnection> {
  let readAt = Number.NEGATIVE_INFINITY;
  let authority = '';
  let current: Promise<Credentials> | undefined;
  let agent: https.Agent | undefined;

  async function read(): Promise<Credentials> {
    const [token, ca] = await Promise.all([
      readFile(join(folder, 'token'), 'utf8'),
      readFile(join(folder, 'ca.crt'), 'utf8'),
    ]);
    if (agent === undefined || ca !== authority) {
      agent = buildAgent({ ca });
      authority = ca;
    }
    return { agent, headers: { authorization: `Bearer ${token.trim()}` } };
  }

  return {
    server: new URL(`https://${isIPv6(host) ? `[${host}]` : host}:${port}`),
    namespace: (await readFile(join(folder, 'namespace'), 'utf8')).trim(),
    credentials(refused = false) {
      const now = clock.elapsed();
      if (current === undefined || refused || now - readAt > tokenLifeMilliseconds) {
        readAt = now;
        current = read();
        current.catch(() => {
          readAt = Number.NEGATIVE_INFINITY;
        });
      }
      return current;
    },
  };
}
