import { kubectl } from '../e2e/kubectl.ts';
import type { NodeShell } from './node-shell.ts';

/** The StorageClass whose one volume can be filled without harm to anybody else. */
export const BOUNDED_CLASS = 'chatstack-faults';

/** Size of the volume: enough for Postgres and a test, and soon full. */
export const BOUNDED_SIZE = '1Gi';

const FOLDER = '/var/tmp/chatstack-faults';

const MAKE = `
mountpoint -q ${FOLDER}/volume && exit 0
mkdir -p ${FOLDER}/volume
truncate -s 1G ${FOLDER}/volume.ext4
mkfs.ext4 -q -F -m 0 ${FOLDER}/volume.ext4
mount -o loop ${FOLDER}/volume.ext4 ${FOLDER}/volume
rmdir ${FOLDER}/volume/lost+found`;

const REMOVE = `
if mountpoint -q ${FOLDER}/volume; then umount ${FOLDER}/volume; fi
rm -rf ${FOLDER}`;

/** A file system of its own on one node, as a volume of the cluster: what fills it fills nothing else. */
export async function makeBoundedVolume(nodes: NodeShell): Promise<void> {
  const node = await firstNode();
  await nodes.run(node, MAKE);
  const hostname = { key: 'kubernetes.io/hostname', operator: 'In', values: [node] };
  const objects = [
    {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name: BOUNDED_CLASS },
      provisioner: 'kubernetes.io/no-provisioner',
      volumeBindingMode: 'WaitForFirstConsumer',
    },
    {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: BOUNDED_CLASS },
      spec: {
        capacity: { storage: BOUNDED_SIZE },
        accessModes: ['ReadWriteOnce'],
        persistentVolumeReclaimPolicy: 'Retain',
        storageClassName: BOUNDED_CLASS,
        local: { path: `${FOLDER}/volume` },
        nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [hostname] }] } },
      },
    },
  ];
  await kubectl(['apply', '-f', '-'], { input: objects.map((object) => JSON.stringify(object)).join('\n---\n') });
}

/** Takes the volume and its file system away, once nothing uses it. */
export async function removeBoundedVolume(nodes: NodeShell): Promise<void> {
  await kubectl(['delete', `pv/${BOUNDED_CLASS}`, `sc/${BOUNDED_CLASS}`, '--ignore-not-found', '--timeout=60s']);
  await nodes.run(await firstNode(), REMOVE);
}

async function firstNode(): Promise<string> {
  const { stdout } = await kubectl(['get', 'nodes', '-o', 'jsonpath={.items[0].metadata.name}']);
  return stdout;
}
