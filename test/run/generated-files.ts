import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

type Snapshot = ReadonlyMap<string, Buffer>;

/** Every file of a checkout that git tracks or would track. */
function listCheckout(root: string): string[] {
  const list = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 16 * 1024 * 1024,
  });
  const isThere = (path: string) => path !== '' && existsSync(join(root, path)); // or deleted, not committed yet
  return list.split('\0').filter(isThere);
}

function readFiles(root: string, paths: readonly string[]): Snapshot {
  return new Map(paths.map((path) => [path, readFileSync(join(root, path))]));
}

/**
 * A copy of a checkout in a temporary folder in which programs run as in the checkout: packages are links to those
 * installed there, workspaces are the copy's own. The checkout can be edited meanwhile.
 */
export function copyCheckout(root: string): string {
  const copy = mkdtempSync(join(tmpdir(), 'chatstack-checkout-'));
  for (const path of listCheckout(root)) {
    mkdirSync(dirname(join(copy, path)), { recursive: true });
    copyFileSync(join(root, path), join(copy, path));
  }
  execFileSync('git', ['init', '-q'], { cwd: copy });
  linkPackages(join(root, 'node_modules'), join(copy, 'node_modules'), root, copy);
  return copy;
}

function linkPackages(from: string, to: string, root: string, copy: string): void {
  if (!existsSync(from)) return;
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const isWorkspaces = entry.name === '@chatstack';
    if (!isWorkspaces) symlinkSync(join(from, entry.name), join(to, entry.name));
  }
  const rooms = existsSync(join(from, '@chatstack')) ? readdirSync(join(from, '@chatstack')) : [];
  for (const room of rooms) {
    mkdirSync(join(to, '@chatstack'), { recursive: true });
    symlinkSync(join(copy, room), join(to, '@chatstack', room));
    linkPackages(join(root, room, 'node_modules'), join(copy, room, 'node_modules'), root, copy);
  }
}

/** Paths that differ between two states of a checkout: changed, added or gone. */
export function differingFiles(before: Snapshot, after: Snapshot): string[] {
  const paths = new Set([...before.keys(), ...after.keys()]);
  const same = (path: string) => before.get(path)?.equals(after.get(path) ?? Buffer.alloc(0)) && after.has(path);
  return [...paths].filter((path) => !same(path)).sort();
}

/** The generated files that are not what `generate`, run in a copy of the checkout, makes of the sources. */
export function findStaleFiles(root: string, generate: (copy: string) => void): string[] {
  const copy = copyCheckout(root);
  try {
    const before = readFiles(copy, listCheckout(copy));
    generate(copy);
    return differingFiles(before, readFiles(copy, listCheckout(copy)));
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}
