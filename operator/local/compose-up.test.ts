import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseChatStackSpec } from '@chatstack/stack/api/chat-stack.ts';
import { defaultImages } from '@chatstack/stack/plan/images.ts';
import { composePlacement } from '@chatstack/stack/plan/placement.ts';
import { planStack } from '@chatstack/stack/plan/plan-stack.ts';
import { renderCompose } from '@chatstack/stack/render/compose.ts';
import { afterAll, describe, expect, test } from '@jest/globals';

const script = fileURLToPath(new URL('compose-up', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'chatstack-up-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Docker without an engine: what reads the file is compose itself, what would start containers is noted. */
const played = `#!/bin/bash
case "$*" in
  version) ;;
  "compose version" | "compose --profile"*) PATH=$REAL_PATH exec docker "$@" ;;
  *) echo "$* with the profiles \${COMPOSE_PROFILES:-}" >>"$NOTES"
     case "$*" in *"$UNKNOWN_IMAGE"*) exit 1 ;; esac ;;
esac
`;
writeFileSync(join(folder, 'docker'), played);
chmodSync(join(folder, 'docker'), 0o755);

const renderSpec = (spec: object): string => {
  const parsed = parseChatStackSpec(spec);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  const input = { name: 'local', spec: parsed.spec, placement: composePlacement(), images: defaultImages };
  const planned = planStack(input);
  if (!planned.ok) throw new Error(JSON.stringify(planned.faults));
  return renderCompose(planned.plan);
};

/** What `make up` runs, on the file of a spec. */
function up(spec: object, unknownImage = 'none of them') {
  const [file, notes] = [join(folder, 'docker-compose.yml'), join(folder, 'notes')];
  writeFileSync(file, renderSpec(spec));
  writeFileSync(notes, '');
  const { PATH = '', HOME } = process.env;
  const { status, stdout, stderr } = spawnSync(script, {
    env: {
      ...{ PATH: `${folder}${delimiter}${PATH}`, REAL_PATH: PATH, HOME },
      ...{ COMPOSE_FILE: file, NOTES: notes, UNKNOWN_IMAGE: unknownImage },
    },
    encoding: 'utf8',
  });
  const shown = stdout.split('\n').flatMap((line) => /^ {2}([A-Z]\S+) {2,}/.exec(line)?.[1] ?? []);
  const started = readFileSync(notes, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('compose up'));
  return { status, stderr, stdout, shown, started };
}

const upWith = (profiles: string) => [`compose up --detach --build --wait with the profiles ${profiles}`];
const chat = ['Postgres', 'PgBouncer', 'Redis'];

const hasCompose = spawnSync('docker', ['compose', 'version']).status === 0;
(hasCompose ? describe : describe.skip)('make up', () => {
  test.each<[string, object, string, string[]]>([
    ['Prometheus and Grafana', {}, 'grafana', [...chat, 'Prometheus', 'Grafana', 'Passwords']],
    ['no Grafana', { monitoring: { grafana: { mode: 'None' } } }, '', [...chat, 'Prometheus', 'Passwords']],
    ['nothing that measures it', { monitoring: { prometheus: { mode: 'None' } } }, '', [...chat, 'Passwords']],
    [
      'a Grafana that shows the Prometheus of somebody else',
      {
        monitoring: { prometheus: { mode: 'None' }, grafana: { mode: 'Managed', prometheusURL: 'http://there:9090' } },
      },
      'grafana',
      [...chat, 'Grafana', 'Passwords'],
    ],
    [
      'no pooler',
      { pgbouncer: { enabled: false } },
      'grafana',
      ['Postgres', 'Redis', 'Prometheus', 'Grafana', 'Passwords'],
    ],
  ])('starts a stack with %s, and tells of what it has alone', (_, spec, profiles, shown) => {
    const run = up(spec);
    expect(run).toMatchObject({ status: 0, stderr: '', started: upWith(profiles), shown });
  });

  test('starts the chat without Grafana where its image can not be had, and says so', () => {
    const { status, stdout, stderr, started } = up({}, 'grafana/grafana');
    expect({ status, started }).toEqual({ status: 0, started: upWith('') });
    expect(stderr).toMatch(/^warning: expected the image of Grafana/);
    expect(stdout).toMatch(/Grafana +not started: its image .* could not be had/);
  });
});
