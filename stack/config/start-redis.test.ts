import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { buildStartRedis } from './start-redis.ts';

const find = (name: string): string => execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim();

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'start-redis-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the script where these programs are all that there is, each of which tells its name and arguments. */
const start = (programs: readonly string[]): string => {
  for (const tool of ['sed', 'mv', 'od', 'tr']) symlinkSync(find(tool), join(folder, tool));
  for (const program of programs) {
    writeFileSync(join(folder, program), `#!/bin/sh\necho ${program} "$@"\n`);
    chmodSync(join(folder, program), 0o755);
  }
  const [secretFile, localFile] = [join(folder, 'secret.conf'), join(folder, 'local')];
  const paths = { configFile: '/etc/chatstack/redis.conf', secretFile, localFile };
  writeFileSync(join(folder, 'start.sh'), buildStartRedis(paths));
  const env = { PATH: folder, REDIS_PASSWORD: 'a"b\\c' };
  return execFileSync(find('sh'), [join(folder, 'start.sh')], { encoding: 'utf8', env, stdio: 'pipe' }).trim();
};

describe('The start script of Redis', () => {
  test.each([
    ['an image of Redis', ['redis-server'], 'redis-server'],
    ['an image of Valkey', ['valkey-server'], 'valkey-server'],
    ['an image that has both names', ['redis-server', 'valkey-server'], 'redis-server'],
  ])('starts the program of %s with the password in a file, and in no argument', (_, programs, started) => {
    expect(start(programs)).toBe(`${started} /etc/chatstack/redis.conf --include ${join(folder, 'secret.conf')}`);
    const local = readFileSync(join(folder, 'local'), 'utf8');
    expect(local).toMatch(/^[0-9a-f]{48}$/);
    expect(readFileSync(join(folder, 'secret.conf'), 'utf8')).toBe(
      `user default on ">a\\"b\\\\c" ~* &* +@all\nuser chatstack_local on ">${local}" +ping +config|set\n`,
    );
  });

  test('says what it expected where there is neither', () => {
    expect(() => start([])).toThrow(/expected the program redis-server or valkey-server on PATH/);
  });
});
