import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { findStaleFiles } from './generated-files.ts';

let root: string;
const write = (name: string, text: string) => {
  mkdirSync(dirname(join(root, name)), { recursive: true });
  writeFileSync(join(root, name), text);
};

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'checkout-'));
  execFileSync('git', ['init', '-q'], { cwd: root });
  write('.gitignore', 'ignored\nnode_modules\n');
  write('kept.yaml', 'same\n');
  write('stale.yaml', 'old\n');
  write('left-over.yaml', 'old\n');
});
afterEach(() => rmSync(root, { recursive: true }));

test('files that generating would change, add or remove are named, ignored ones are not', () => {
  const stale = findStaleFiles(root, (copy) => {
    writeFileSync(join(copy, 'kept.yaml'), 'same\n');
    writeFileSync(join(copy, 'stale.yaml'), 'new\n');
    writeFileSync(join(copy, 'missing.yaml'), 'new\n');
    writeFileSync(join(copy, 'ignored'), 'new\n');
    rmSync(join(copy, 'left-over.yaml'));
  });
  expect(stale).toEqual(['left-over.yaml', 'missing.yaml', 'stale.yaml']);
});

test('the checkout itself is not touched', () => {
  findStaleFiles(root, (copy) => writeFileSync(join(copy, 'stale.yaml'), 'new\n'));
  expect(readFileSync(join(root, 'stale.yaml'), 'utf8')).toBe('old\n');
});

test('rooms of the copy import each other, not the checkout', () => {
  write('node_modules/@chatstack/.keep', '');
  symlinkSync(join(root, 'room'), join(root, 'node_modules/@chatstack/room'));
  write('room/name.js', 'module.exports = __filename');
  let found = '';
  findStaleFiles(root, (copy) => {
    found = createRequire(join(copy, 'x.js'))('@chatstack/room/name.js').replace(copy, 'COPY');
  });
  expect(found).toBe('COPY/room/name.js');
});
