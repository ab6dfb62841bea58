import { readFile } from 'node:fs/promises';
import http from 'node:http';
import type { RequestOptions } from 'node:https';
import { dirname, resolve } from 'node:path';
import { buildAgent, type ClusterConnection } from './cluster-connection.ts';

interface Kubeconfig {
  'current-context'?: string;
  contexts?: { name: string; context?: { cluster?: string; user?: string; namespace?: string } }[];
  clusters?: { name: string; cluster?: ClusterEntry }[];
  users?: { name: string; user?: UserEntry }[];
}

interface ClusterEntry {
  server?: string;
  'certificate-authority'?: string;
  'certificate-authority-data'?: string;
  'insecure-skip-tls-verify'?: boolean;
  'tls-server-name'?: string;
  'proxy-url'?: string;
}

interface UserEntry {
  token?: string;
  tokenFile?: string;
  username?: string;
  password?: string;
  'client-certificate'?: string;
  'client-certificate-data'?: string;
  'client-key'?: string;
  'client-key-data'?: string;
  exec?: unknown;
  'auth-provider'?: unknown;
  as?: string;
}

/**
 * A context of kubeconfig files, the current one unless it is named. Certificates, tokens and passwords are read here; credential plugins,
 * proxies and several files are left to @kubernetes/client-node, which is loaded only then: importing it costs 80 MB
 * of resident memory, even by its config module alone, because that imports every generated API.
 */
export async function readKubeconfig(files: readonly string[], contextName?: string): Promise<ClusterConnection> {
  const file = files[0];
  if (file === undefined) {
    throw new Error('expected a file in KUBECONFIG, found none');
  }
  const { parse } = await import('yaml');
  const config = parse(await readFile(file, 'utf8')) as Kubeconfig;
  if (files.length > 1) return delegate(files, contextName);
  const context = find(config.contexts, contextName ?? config['current-context'], 'context', file).context ?? {};
  const cluster = find(config.clusters, context.cluster, 'cluster', file).cluster ?? {};
  const user = find(config.users, context.user, 'user', file).user ?? {};
  if (cluster.server === undefined) {
    throw new Error(`${file}: expected a server in cluster ${context.cluster}, found none`);
  }
  const server = new URL(cluster.server);
  const namespace = context.namespace ?? 'default';
  if (user.exec || user['auth-provider'] || user.as || cluster['proxy-url']) {
    return delegate(files, contextName);
  }
  const agent =
    server.protocol === 'http:'
      ? new http.Agent({ keepAlive: true, timeout: 60_000 })
      : buildAgent(await readTls(cluster, user, dirname(file)));
  return {
    server,
    namespace,
    credentials: async () => ({ agent, headers: await buildHeaders(user, dirname(file)) }),
  };
}

function find<Entry extends { name: string }>(
  entries: readonly Entry[] | undefined,
  name: string | undefined,
  what: string,
  file: string,
): Entry {
  const found = entries?.find((each) => each.name === name);
  if (found === undefined) {
    const known = entries?.map((each) => each.name).join(', ') || 'none';
    throw new Error(`${file}: expected a ${what} named ${JSON.stringify(name)}, found ${known}`);
  }
  return found;
}

async function readTls(cluster: ClusterEntry, user: UserEntry, folder: string) {
  const load = async (file?: string, data?: string): Promise<Buffer | undefined> => {
    if (data !== undefined) {
      return Buffer.from(data, 'base64');
    }
    return file === undefined ? undefined : readFile(resolve(folder, file));
  };
  const ca = await load(cluster['certificate-authority'], cluster['certificate-authority-data']);
  const cert = await load(user['client-certificate'], user['client-certificate-data']);
  const key = await load(user['client-key'], user['client-key-data']);
  return {
    ...(ca && { ca }),
    ...(cert && { cert }),
    ...(key && { key }),
    ...(cluster['tls-server-name'] && { servername: cluster['tls-server-name'] }),
    ...(cluster['insecure-skip-tls-verify'] && { rejectUnauthorized: false }),
  };
}

async function buildHeaders(user: UserEntry, folder: string): Promise<Record<string, string>> {
  const token = user.tokenFile ? (await readFile(resolve(folder, user.tokenFile), 'utf8')).trim() : user.token;
  if (token) {
    return { authorization: `Bearer ${token}` };
  }
  if (user.username) {
    return { authorization: `Basic ${Buffer.from(`${user.username}:${user.password ?? ''}`).toString('base64')}` };
  }
  return {};
}

/** Names of the contexts in kubeconfig files. */
export async function listContextNames(files: readonly string[]): Promise<string[]> {
  const { parse } = await import('yaml');
  const configs = await Promise.all(
    files.map(async (file) => parse(await readFile(file, 'utf8')) as Kubeconfig | null),
  );
  return [...new Set(configs.flatMap((each) => each?.contexts?.map(({ name }) => name) ?? []))];
}

async function delegate(files: readonly string[], contextName: string | undefined): Promise<ClusterConnection> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  for (const [index, file] of files.entries()) {
    const each = index === 0 ? config : new KubeConfig();
    each.loadFromFile(file);
    if (index > 0) {
      config.mergeConfig(each, true);
    }
  }
  if (contextName !== undefined) config.setCurrentContext(contextName);
  const cluster = config.getCurrentCluster();
  if (cluster === null) {
    throw new Error(`${files.join(', ')}: expected a current context with a cluster, found none`);
  }
  return {
    server: new URL(cluster.server),
    namespace: config.getContextObject(config.getCurrentContext())?.namespace ?? 'default',
    async credentials() {
      const options: RequestOptions = {};
      await config.applyToHTTPSOptions(options);
      const basic = options.auth ? { authorization: `Basic ${Buffer.from(options.auth).toString('base64')}` } : {};
      return {
        agent: options.agent as http.Agent,
        headers: { ...basic, ...(options.headers as Record<string, string> | undefined) },
      };
    },
  };
}
