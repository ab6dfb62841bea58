import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { ObjectKey } from '../runtime/object.ts';
import { CommandError } from './command.ts';

/** A port of this machine that leads to one of a pod. */
export interface Forward {
  readonly host: string;
  readonly port: number;
  close(): void;
}

/** The kubeconfig that leads to the cluster: its files, or undefined for a pod's service account. */
export interface ForwardSource {
  readonly files: readonly string[] | undefined;
  readonly context: string | undefined;
}

/** Opens a way to a port of a pod through the API server, as `kubectl port-forward` does. The library is loaded only here. */
export async function openForward(source: ForwardSource, pod: ObjectKey, podPort: number): Promise<Forward> {
  const { KubeConfig, PortForward } = await import('@kubernetes/client-node').catch(() => {
    throw new CommandError('cluster', 'this image has no library for port-forwards');
  });
  const config = new KubeConfig();
  if (source.files === undefined) config.loadFromCluster();
  for (const [index, file] of (source.files ?? []).entries()) {
    const each = index === 0 ? config : new KubeConfig();
    each.loadFromFile(file);
    if (index > 0) config.mergeConfig(each, true);
  }
  if (source.context !== undefined) config.setCurrentContext(source.context);
  const forward = new PortForward(config);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    const opening = forward.portForward(pod.namespace, pod.name, [podPort], socket, null, socket);
    opening.then(
      (tunnel) => {
        // The library leaves it open, and with it the process.
        const end = () => (typeof tunnel === 'function' ? tunnel() : tunnel)?.terminate();
        if (socket.destroyed) end();
        else socket.on('close', end);
      },
      () => socket.destroy(),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
