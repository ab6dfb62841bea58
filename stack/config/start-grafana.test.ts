import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { buildStartGrafana } from './start-grafana.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'start-grafana-'));
  for (const name of ['packed', 'dashboards']) mkdirSync(join(folder, name));
});
afterEach(() => rmSync(folder, { recursive: true }));

const run = () => {
  const [packed, dashboards] = [join(folder, 'packed'), join(folder, 'dashboards')];
  const input = buildStartGrafana(['ls', dashboards], { packed, dashboards });
  const { status, stdout, stderr } = spawnSync('sh', ['-s'], { input, encoding: 'utf8' });
  return { status, stdout, stderr };
};

describe('the start script of Grafana', () => {
  test('unpacks every dashboard and starts it', () => {
    for (const name of ['overview.json', 'redis cache.json'])
      writeFileSync(join(folder, 'packed', `${name}.gz`), gzipSync(`text of ${name}`));
    expect(run()).toEqual({ status: 0, stdout: 'overview.json\nredis cache.json\n', stderr: '' });
    expect(readFileSync(join(folder, 'dashboards/redis cache.json'), 'utf8')).toBe('text of redis cache.json');
  });

  test('starts it without any, too', () => {
    expect(run()).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  test('says which one it could not unpack', () => {
    writeFileSync(join(folder, 'packed/broken.json.gz'), 'no such format');
    const { status, stderr } = run();
    expect(status).toBe(1);
    expect(stderr).toContain('packed/broken.json.gz, could not');
  });
});
