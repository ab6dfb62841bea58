import http from 'node:http';
import https from 'node:https';

/** What a request needs to get through: the agent with the right TLS, and who we are. */
export interface Credentials {
  agent: http.Agent;
  headers: Record<string, string>;
}

/** An API server and the way in. */
export interface ClusterConnection {
  server: URL;
  /** Where we run, or the namespace of the kubeconfig's context. */
  namespace: string;
  /** Asked before every request, so that tokens may change; `refused` after a 401 asks for fresh ones. */
  credentials(refused?: boolean): Promise<Credentials>;
}

/** An agent that keeps connections for reuse, a little shorter than the API server does. */
export function buildAgent(tls: https.AgentOptions): https.Agent {
  return new https.Agent({ ...tls, keepAlive: true, keepAliveMsecs: 30_000, maxFreeSockets: 16, timeout: 60_000 });
}

/** A connection without TLS and credentials: for `kubectl proxy` and tests. */
export function connectPlainly(server: string, namespace = 'default'): ClusterConnection {
  const agent = new http.Agent({ keepAlive: true, timeout: 60_000 });
  return { server: new URL(server), namespace, credentials: async () => ({ agent, headers: {} }) };
}
