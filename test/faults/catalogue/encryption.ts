import { X509Certificate } from 'node:crypto';
import { standardPorts } from '@chatstack/stack/plan/placement.ts';
import type { KubernetesObject } from '../../e2e/kubectl.ts';
import { podsOf, waitForReady } from '../../e2e/stack.ts';
import { waitUntil } from '../../e2e/watch.ts';
import type { Fault } from '../fault.ts';
import type { Scene } from '../scene.ts';
import { rotatePasswords, timed, uidsOf } from './changes.ts';

/** The components that have a certificate. */
const servers = ['postgres', 'pgbouncer', 'redis'] as const;
type Server = (typeof servers)[number];

const setMode = async (scene: Scene, mode: 'SelfSigned' | 'Disabled') => {
  await scene.namespace.patch('chatstack', scene.place.stackName, { spec: { tls: { mode } } });
  await waitForReady(scene.place);
};

const secretOf = ({ place }: Scene, server: Server) => `${place.stackName}-${server}-tls`;

/** The fingerprint of the certificate in the Secret of a server, once it is another one than `former`. */
async function awaitIssued(scene: Scene, server: Server, former?: string): Promise<string> {
  const target = { namespace: scene.namespace, resource: 'secrets', name: secretOf(scene, server) };
  const fingerprintOf = ([secret]: KubernetesObject[]): string | undefined => {
    const text = secret?.data?.['tls.crt'];
    return text && new X509Certificate(Buffer.from(text, 'base64')).fingerprint256;
  };
  const isAnother = (found: KubernetesObject[]) => ![undefined, former].includes(fingerprintOf(found));
  return fingerprintOf(await waitUntil(`another certificate of ${server}`, target, isAnother)) ?? '';
}

/** Waits inside of a server until it shows new clients the certificate: no client of the load is asked. */
const awaitCertificate = (server: Server, fingerprint: string): string => {
  const starts = server === 'redis' ? '' : '-starttls postgres';
  const shown = `openssl s_client -connect 127.0.0.1:${standardPorts[server]} ${starts} </dev/null 2>/dev/null`;
  return `until ${shown} | openssl x509 -noout -fingerprint -sha256 2>/dev/null | grep -q '${fingerprint}'; do sleep 0.2; done`;
};

async function renew(scene: Scene): Promise<void> {
  const former = await Promise.all(servers.map((server) => awaitIssued(scene, server)));
  await scene.namespace.kubectl(['delete', 'secret', ...servers.map((server) => secretOf(scene, server))]);
  const shown = servers.map(async (server, index) => {
    const command = ['sh', '-c', awaitCertificate(server, await awaitIssued(scene, server, former[index]))];
    const pods = await podsOf(scene.place, server);
    await Promise.all(pods.map(({ metadata }) => scene.namespace.exec(metadata.name, command)));
  });
  await Promise.all(shown);
}

const renewCertificates: Fault = {
  name: 'renew the certificates',
  family: 'change',
  what: 'The certificates of Postgres, the poolers and Redis are replaced by new ones, in a stack that encrypts (`spec.tls`).',
  why: 'No error: servers read the new files once the kubelet has brought them. Connections that are open stay, new ones get the new certificate, by the same authority.',
  isSeamless: true,
  prepare: (scene) => setMode(scene, 'SelfSigned'),
  inject: async (scene) => {
    const before = await uidsOf(scene, servers);
    const took = await timed(() => renew(scene));
    if (String(before) !== String(await uidsOf(scene, servers)))
      throw new Error('expected the servers to run on, found other pods, or that they started again');
    return `shown by every server after ${took}`;
  },
  restore: (scene) => setMode(scene, 'Disabled'),
};

const rotateEncrypted: Fault = {
  ...rotatePasswords,
  name: 'rotate passwords of a stack that encrypts',
  what: `${rotatePasswords.what} The stack has \`spec.tls\`.`,
  prepare: (scene) => setMode(scene, 'SelfSigned'),
  restore: async (scene) => {
    await rotatePasswords.restore?.(scene);
    await setMode(scene, 'Disabled');
  },
};

/** What is changed in a stack whose components encrypt what they say to each other. */
export const encryption: readonly Fault[] = [renewCertificates, rotateEncrypted];
