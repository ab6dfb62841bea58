import type { Fault } from '../fault.ts';
import type { Scene } from '../scene.ts';
import { findPod } from './pods.ts';

const REDIS = { component: 'redis', index: 0 } as const;
const POSTGRES = { component: 'postgres', index: 0 } as const;

/** 200 MB of values of a minute's life, into a Redis of 128 MiB; prints how many keys it had to evict. */
const FILL_REDIS = `
program=$(command -v redis-cli || command -v valkey-cli)
for part in $(seq 200); do
  $program -e eval "for index = 1, 1000 do redis.call('set', KEYS[1] .. index, string.rep('x', 1000), 'ex', 60) end" 1 "junk:$part:" >/dev/null
done
$program info stats | sed -n 's/^evicted_keys:\\([0-9]*\\).*/\\1/p'`;

/** Redis without room: it evicts. */
export const fillRedis: Fault = {
  name: 'fill Redis',
  family: 'full',
  what: 'Other keys are written into Redis until it has evicted what was there (200 MB into 128 MiB).',
  why: 'No error: Redis evicts keys that were not used for long, and pages that went are read from Postgres and kept again.',
  inject: async (scene) => {
    const { metadata } = await findPod(scene, REDIS);
    const evicted = (await scene.namespace.exec(metadata.name, ['sh', '-euc', FILL_REDIS])).trim();
    if (Number(evicted) > 0) return `${evicted} keys evicted`;
    throw new Error(`expected Redis to be full and to evict keys, found ${evicted || 'no count'} evicted`);
  },
};

/** The most that is filled, in MiB: a larger file system is somebody else's too. */
const MOST_MIB = 2048;

const BALLAST = '/var/lib/postgresql/ballast';

const FILL_DISK = `
free=$(df -Pm /var/lib/postgresql | awk 'NR == 2 {print $4}')
[ "$free" -le ${MOST_MIB} ] || { echo "expected a volume with at most ${MOST_MIB} MiB free, found $free MiB" >&2; exit 1; }
dd if=/dev/zero of=${BALLAST} bs=1M count=${MOST_MIB} 2>/dev/null || true
dd if=/dev/zero of=${BALLAST} bs=1k count=2048 oflag=append conv=notrunc 2>/dev/null || true
df -Pk /var/lib/postgresql | awk 'NR == 2 {print $4}'`;

const inPostgres = async (scene: Scene, script: string) => {
  const { metadata } = await findPod(scene, POSTGRES);
  return (await scene.namespace.exec(metadata.name, ['sh', '-euc', script])).trim();
};

/** A volume without room. */
export const fillDisk: Fault = {
  name: "fill Postgres's disk",
  family: 'full',
  what: 'The volume of Postgres is filled to the last byte for 30 s, then room is made.',
  why: 'Sends get 503 as soon as a table or an index needs another page: Postgres says that the disk is full. What room is left in its files is used first.',
  holdSeconds: 30,
  inject: async (scene) => `${await inPostgres(scene, FILL_DISK)} KiB left`,
  heal: async ({ nodes, ...scene }) => {
    // The container may be down for want of room, so it is the node that makes some.
    const pod = await findPod({ nodes, ...scene }, POSTGRES);
    await nodes.run(pod.spec.nodeName, 'rm -f "$1"/ballast', await volumeFolder({ nodes, ...scene }));
  },
};

async function volumeFolder({ namespace, place }: Scene): Promise<string> {
  const claim = await namespace.get('pvc', `${place.stackName}-postgres`);
  const { stdout } = await namespace.kubectl(['get', 'pv', claim.spec.volumeName, '-o', 'jsonpath={.spec.local.path}']);
  if (stdout) return stdout;
  throw new Error(`expected a local volume behind ${claim.metadata.name}, found another kind`);
}

/** Memory and disk that are full. */
export const fills: readonly Fault[] = [fillRedis, fillDisk];
