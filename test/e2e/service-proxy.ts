import { type OwnedProcess, startAndAwait } from './owned-process.ts';

/** A way into the cluster's Services that survives the death of any pod. */
export type ServiceProxy = {
  urlOf: (namespace: string, service: string, port: number) => string;
  process: OwnedProcess;
};

/**
 * Starts `kubectl proxy` on a free port. The API server forwards each request to one of the Service's ready pods, so
 * requests are spread over them; `kubectl port-forward` would stay with one pod and die with it.
 */
export async function startServiceProxy(): Promise<ServiceProxy> {
  const started = await startAndAwait('kubectl', ['proxy', '--port=0'], /Starting to serve on (127\.0\.0\.1:\d+)/);
  return { process: started, urlOf: serviceUrls(`http://${started.matched[1]}`) };
}

/** The addresses of Services behind a running `kubectl proxy`. */
export function serviceUrls(proxyUrl: string): ServiceProxy['urlOf'] {
  return (namespace, service, port) =>
    `${proxyUrl}/api/v1/namespaces/${namespace}/services/http:${service}:${port}/proxy`;
}
