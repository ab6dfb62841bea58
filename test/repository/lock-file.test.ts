import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

type Entry = {
  readonly optionalDependencies?: Record<string, string>;
  readonly resolved?: string;
  readonly link?: boolean;
};

const lockFile: { packages: Record<string, Entry> } = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../package-lock.json'), 'utf8'),
);

test('the lock file names the optional packages of every platform, without which npm ci refuses it', () => {
  const missing = Object.entries(lockFile.packages).flatMap(([path, entry]) =>
    Object.keys(entry.optionalDependencies ?? {}).filter(
      (name) => !(`${path}/node_modules/${name}` in lockFile.packages || `node_modules/${name}` in lockFile.packages),
    ),
  );
  expect(missing).toEqual([]);
});

test('the lock file names no registry, so that it serves behind every mirror', () => {
  const addresses = Object.values(lockFile.packages).filter((entry) => entry.resolved && !entry.link);
  expect(addresses).toEqual([]);
});
