import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

/* The rules of biome.json, tried on snippets in a folder laid out like the repository. */

const ROOT = join(import.meta.dirname, '../..');

type Case = readonly [path: string, source: string];

const REFUSED: readonly Case[] = [
  ['stack/plan/another-room.ts', "import '@chatstack/operator/a.ts';"],
  ['stack/plan/dashboards.ts', "import '@chatstack/dashboards/grafana/a.ts';"],
  ['stack/plan/another-room-by-path.ts', "import '../../operator/runtime/a.ts';"],
  ['stack/plan/the-file-system.ts', "import 'node:fs';"],
  ['stack/plan/the-file-system-by-promises.ts', "import 'node:fs/promises';"],
  ['stack/plan/the-file-system-by-its-old-name.ts', "import 'fs';"],
  ['stack/plan/the-network.ts', "import 'node:net';"],
  ['stack/plan/processes.ts', "import 'node:child_process';"],
  ['stack/plan/the-operating-system.ts', "import 'node:os';"],
  ['stack/plan/timers.ts', "import 'node:timers/promises';"],
  ['stack/plan/random.ts', "import { randomUUID } from 'node:crypto';\nexport const id = randomUUID();"],
  ['stack/plan/the-environment.ts', 'export const home = process.env.HOME;'],
  ['stack/plan/the-clock.ts', 'export const now = Date.now();'],
  ['stack/plan/a-test-of-the-end-to-end-tests.test.ts', "import '@chatstack/test/e2e/a.ts';"],
  ['service/http/the-plan.ts', "import '@chatstack/stack/plan/a.ts';"],
  ['service/http/engines-outside-tests.ts', "import '@chatstack/test/engines/redis.ts';"],
  ['operator/reconcile/the-service.ts', "import '@chatstack/service/main.ts';"],
  ['operator/reconcile/the-plan-by-path.ts', "import '../../stack/plan/a.ts';"],
  ['client/realtime/the-file-system.ts', "import 'node:fs';"],
  ['client/page/timers.ts', "import 'node:timers/promises';"],
  ['client/the-load.ts', "import '@chatstack/load/a.ts';"],
  ['dashboards/the-plan.ts', "import '@chatstack/stack/a.ts';"],
  ['load/the-client-by-path.ts', "import '../client/a.ts';"],
  ['load/the-service.ts', "import '@chatstack/service/a.ts';"],
  ['load/the-engines.ts', "import '@chatstack/test/engines/redis.ts';"],
  ['load/the-reconciler.ts', "import '@chatstack/operator/reconcile/a.ts';"],
];

const ALLOWED: readonly Case[] = [
  ['stack/plan/own-room.ts', "import '../api/a.ts';\nimport 'zod';"],
  ['stack/plan/alerts.ts', "import '@chatstack/dashboards/alerts/a.ts';"],
  ['stack/plan/hash.ts', "import { createHash } from 'node:crypto';\nexport const hash = createHash('sha256');"],
  ['stack/plan/own.test.ts', "import '@chatstack/test/engines/redis.ts';\nimport 'node:fs';"],
  ['service/http/own.ts', "import '../domain/a.ts';\nimport '@koa/router';\nimport 'node:http';"],
  ['service/http/own.test.ts', "import '@chatstack/test/engines/postgres.ts';"],
  ['service/testing/arrangement.ts', "import '@chatstack/test/engines/postgres.ts';"],
  ['operator/reconcile/plan.ts', "import '@chatstack/stack/plan/a.ts';\nimport 'node:fs';"],
  ['client/page/own.ts', "import '../realtime/a.ts';"],
  ['client/own.test.ts', "import 'node:http';"],
  ['load/client.ts', "import '@chatstack/client/a.ts';\nimport '@chatstack/stack/plan/a.ts';"],
  ['load/pictures.ts', "import '@chatstack/test/engines/chromium.ts';"],
  ['load/runner.ts', "import '@chatstack/operator/local/a.ts';\nimport '@chatstack/operator/pgbouncer-admin/a.ts';"],
  ['test/e2e/all.ts', "import '@chatstack/load/a.ts';\nimport '@chatstack/operator/a.ts';\nimport '../engines/a.ts';"],
];

const IMPORT_RULES = new Set([
  'lint/style/noRestrictedImports',
  'lint/style/noRestrictedGlobals',
  'lint/style/useNodejsImportProtocol',
]);

describe('the lint rules', () => {
  let folder: string;
  let faults: ReadonlySet<string>;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'rooms-'));
    copyFileSync(join(ROOT, 'biome.json'), join(folder, 'biome.json'));
    for (const [path, source] of [...REFUSED, ...ALLOWED]) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), `${source}\n`);
    }
    faults = lint(folder);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each(REFUSED)('refuse %s: %s', (path) => {
    expect([...faults]).toContain(path);
  });

  test.each(ALLOWED)('allow %s: %s', (path) => {
    expect([...faults]).not.toContain(path);
  });
});

/** The files with a fault of an import rule. */
function lint(folder: string): Set<string> {
  const args = ['lint', '--reporter=json', '--max-diagnostics=none', '--vcs-enabled=false'];
  const { stdout, stderr } = spawnSync(join(ROOT, 'node_modules/.bin/biome'), args, { cwd: folder, encoding: 'utf8' });
  const start = stdout.indexOf('{');
  if (start < 0) throw new Error(`Expected a JSON report of biome, found: ${stdout}${stderr}`);
  const report: { diagnostics: { category: string; location: { path: string | { file: string } } }[] } = JSON.parse(
    stdout.slice(start),
  );
  const pathOf = (path: string | { file: string }) => (typeof path === 'string' ? path : path.file);
  const found = report.diagnostics.filter(({ category }) => IMPORT_RULES.has(category));
  return new Set(found.map(({ location }) => pathOf(location.path).replace(/^\.\//, '')));
}
