import { readdirSync, writeFileSync } from 'node:fs';
import { ConfigError } from '../config/config.ts';
import { type BackupConfig, parseBackupConfig } from './backup-config.ts';
import { BackupRefused, BackupStore, ID } from './backup-store.ts';
import { Bucket } from './bucket.ts';

// The backups of a stack in a bucket: `upload` what a folder holds, `fetch` one into it, `list` those that there are.
const tell = (message: string) => void process.stdout.write(`${message}\n`);

async function upload(store: BackupStore, { folder, keep, result }: BackupConfig): Promise<void> {
  const id = readdirSync(folder)
    .filter((name) => ID.test(name))
    .sort()
    .at(-1);
  if (id === undefined) throw new Error(`expected a backup in ${folder}, found none`);
  const { bytes, rows, seconds } = await store.upload(folder, id);
  tell(`upload: ${id} is in the bucket, ${bytes} bytes`);
  for (const old of await store.retain(keep, Date.now())) tell(`upload: removed ${old}, for ${keep} are kept`);
  writeFileSync(result, JSON.stringify({ id, bytes, rows, seconds }));
}

const commands: Readonly<Record<string, (store: BackupStore, config: BackupConfig) => Promise<void>>> = {
  upload,
  fetch: async (store, { folder, backup }) => tell(`fetch: ${await store.fetch(folder, backup)} is there`),
  list: async (store) => {
    for (const id of await store.ids()) tell((await store.readManifest(id)).replaceAll('\n', ''));
  },
};

try {
  const name = process.argv[2] ?? '';
  const command = commands[name];
  if (!command) throw new Error(`expected one of ${Object.keys(commands).join(', ')}, found "${name}"`);
  const config = parseBackupConfig(process.env);
  await command(new BackupStore(new Bucket(config.bucket), config.prefix), config);
} catch (error) {
  process.stderr.write(`${error instanceof ConfigError ? error.message : `backup: ${(error as Error).message}`}\n`);
  process.exitCode = error instanceof BackupRefused ? 2 : 1;
}
