import type { Scene } from './scene.ts';

/** The port on which the service answers. */
const PORT = 3001;

/** The address of the stack's service: its ClusterIP, so that kube-proxy chooses a pod for each connection as it does for all clients. */
export async function serviceAddress({ namespace, place }: Scene): Promise<string> {
  const { spec } = await namespace.get('service', `${place.stackName}-service`);
  const url = `http://${spec.clusterIP}:${PORT}`;
  await fetch(`${url}/api/v1/health/live`, { signal: AbortSignal.timeout(5_000) }).catch((error: Error) => {
    throw new Error(
      `expected the service to answer at ${url}, found: ${error.message}\n` +
        'The load comes from this machine: run it on a node of the cluster, or set FAULTS_URL to an address that reaches the Service ' +
        '(a NodePort, a load balancer).',
      { cause: error },
    );
  });
  return url;
}
