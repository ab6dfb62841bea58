import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { LogFile } from './log-file.ts';
import { acquireStateLock } from './state-lock.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chatstack-state-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the lock of a state folder', () => {
  test('is held by one running process, told with its address, until released', () => {
    const first = acquireStateLock(folder, 'http://127.0.0.1:3001');
    expect(acquireStateLock(folder, 'other')).toEqual({
      holder: { pid: process.pid, started: expect.any(String), url: 'http://127.0.0.1:3001' },
    });
    if ('release' in first) first.release();
    expect(readdirSync(folder)).toEqual([]);
  });

  test.each([
    ['of a process that is gone', JSON.stringify({ pid: 2 ** 30, started: '1', url: '' })],
    ['of a process whose number another has by now', JSON.stringify({ pid: process.pid, started: '1', url: '' })],
    ['that holds nothing readable', 'x'],
  ])('%s is taken over', (_, text) => {
    writeFileSync(join(folder, 'lock'), text);
    const lock = acquireStateLock(folder, 'mine');
    expect(lock).toHaveProperty('release');
    expect(readdirSync(folder)).toEqual(['lock']);
  });
});

describe('the log of a process', () => {
  test('stays within two files of four MiB and keeps its last lines at hand', () => {
    const log = new LogFile(join(folder, 'service.log'));
    const chunk = Buffer.from(`${'x'.repeat(1023)}\n`.repeat(1024));
    for (let index = 0; index < 11; index += 1) log.write(chunk);
    for (let line = 1; line <= 30; line += 1) log.write(Buffer.from(`line ${line}\n`));
    expect(log.tail().split('\n')).toEqual(Array.from({ length: 20 }, (_, index) => `line ${index + 11}`));
    log.close();
    expect(readdirSync(folder).sort()).toEqual(['service.log', 'service.log.1']);
  });
});
