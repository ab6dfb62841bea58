import { isDeepStrictEqual } from 'node:util';
import type { Namespace } from './kubectl.ts';
import { RESTRICTED } from './operator-release.ts';
import { PATIENCE_SECONDS, waitUntil } from './watch.ts';

/** What somebody who is no part of the stack found at each `host:port`: a connection, or none within the time. */
export type Reached = Record<string, 'open' | 'closed'>;

/** How long a connection may take, in milliseconds: what a policy drops is never answered. */
const CONNECT_MS = 8_000;

const PROGRAM = `
const { connect } = require('node:net');
const knock = (place) => new Promise((resolve) => {
  const [host, port] = place.split(':');
  const socket = connect({ host, port: Number(port) });
  const end = (state) => { socket.destroy(); resolve([place, state]); };
  socket.once('connect', () => end('open')).once('error', () => end('closed'));
  setTimeout(() => end('closed'), ${CONNECT_MS});
});
Promise.all(process.argv.slice(1).map(knock)).then((found) => console.log(JSON.stringify(Object.fromEntries(found))));
`;

/** Makes a namespace in which nobody is part of a stack. */
export async function prepareStrangers(namespace: Namespace): Promise<void> {
  await namespace.apply({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace.name, labels: RESTRICTED },
  });
}

/** Runs a pod without labels of a stack in a namespace, which knocks at every `host:port`, and tells what it found. */
export async function knock(namespace: Namespace, image: string, places: string[]): Promise<Reached> {
  const name = 'stranger';
  await namespace.kubectl(['delete', 'pod', name, '--ignore-not-found', '--timeout=180s']);
  await namespace.apply(buildPod(name, image, places));
  const ended = ([pod]: { status?: { phase?: string } }[]) =>
    ['Succeeded', 'Failed'].includes(pod?.status?.phase ?? '');
  await waitUntil('the stranger to have knocked', { namespace, resource: 'pods', name }, ended);
  const { stdout } = await namespace.kubectl(['logs', name]);
  await namespace.kubectl(['delete', 'pod', name, '--timeout=180s']);
  return JSON.parse(stdout) as Reached;
}

/**
 * Knocks until it is as expected, or for some time; tells what was found last. What enforces policies learns of a change when it does,
 * after the policies themselves are there or gone.
 */
export async function knockUntil(namespace: Namespace, image: string, expected: Reached): Promise<Reached> {
  const deadline = performance.now() + PATIENCE_SECONDS * 1000;
  for (;;) {
    const found = await knock(namespace, image, Object.keys(expected));
    if (isDeepStrictEqual(found, expected) || performance.now() > deadline) return found;
  }
}

function buildPod(name: string, image: string, places: string[]): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: {
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name,
          image,
          imagePullPolicy: 'IfNotPresent',
          command: ['node', '-e', PROGRAM, ...places],
          resources: { requests: { cpu: '10m', memory: '64Mi' }, limits: { memory: '128Mi' } },
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
        },
      ],
    },
  };
}
