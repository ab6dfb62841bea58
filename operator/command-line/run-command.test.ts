import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parse, parseAllDocuments } from 'yaml';
import { commands } from './commands.ts';
import { parseArguments } from './parse-arguments.ts';
import { runCommand } from './run-command.ts';

const example = (name: string): string => readFileSync(new URL(`../../examples/${name}.yaml`, import.meta.url), 'utf8');

const stack = (spec: object): string =>
  JSON.stringify({ apiVersion: 'chatstack.dev/v1alpha1', kind: 'ChatStack', metadata: { name: 'acme' }, spec });

async function run(args: readonly string[], files: Record<string, string> = {}) {
  const output = { out: '', err: '' };
  const code = await runCommand(args, {
    version: '1.2.3',
    display: { columns: 100, isTerminal: false, colours: false },
    listenForStop: () => new AbortController().signal,
    now: () => 0,
    openCluster: () => Promise.reject(new Error('expected a command that needs no cluster')),
    listContexts: async () => ['here', 'there'],
    readFile: (path) => files[path] ?? '',
    out: (text) => {
      output.out += text;
    },
    err: (text) => {
      output.err += text;
    },
  });
  return { code, ...output };
}

describe('chatstack plan', () => {
  test.each(['empty', 'small', 'large', 'external'])('explains examples/%s.yaml with its budget', async (name) => {
    const { code, out, err } = await run(['plan', '-f', 'a'], { a: example(name) });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/acme/);
    expect(out).toMatch(/max_connections/);
  });

  test('a stack whose pools do not fit is refused with exit code 1 and the sum', async () => {
    const { code, out, err } = await run(['plan', '-f', 'a'], { a: stack({ pgbouncer: { poolSize: 5000 } }) });
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/ChatStack acme is refused:[\s\S]*expected[\s\S]*found/);
  });

  test('every faulty field is named at once', async () => {
    const { code, err } = await run(['plan', '-f', 'a'], { a: stack({ sise: 'small', redis: { maxMemory: 'much' } }) });
    expect(code).toBe(1);
    expect(err).toMatch(/sise/);
    expect(err).toMatch(/spec\.redis\.maxMemory/);
  });
});

describe('chatstack render', () => {
  test('manifests of Kubernetes come in the order in which they are applied, in the namespace asked for', async () => {
    const { code, out } = await run(['render', '-f', 'a', '-n', 'chat'], { a: example('empty') });
    expect(code).toBe(0);
    const objects = [...parseAllDocuments(out)].map((document) => document.toJS());
    const kinds = objects.map((object) => object.kind);
    expect(kinds.indexOf('StatefulSet')).toBeGreaterThan(kinds.indexOf('ConfigMap'));
    expect(kinds.indexOf('Job')).toBeGreaterThan(kinds.indexOf('StatefulSet'));
    expect(new Set(objects.map((object) => object.metadata.namespace))).toEqual(new Set(['chat']));
  });

  test('a compose file holds every component', async () => {
    const { out } = await run(['render', '-f', 'a', '--to', 'compose'], { a: example('empty') });
    expect(Object.keys(parse(out).services)).toEqual(
      expect.arrayContaining(['postgres', 'pgbouncer', 'redis', 'service']),
    );
  });

  test('another image of the service is taken', async () => {
    const { out } = await run(['render', '-f', 'a', '--service-image', 'mine:1'], { a: example('empty') });
    expect(out).toContain('image: mine:1');
  });
});

describe('the command line', () => {
  test.each([
    ['no command', [], 0, /Usage:/, /^$/],
    ['--help', ['--help'], 0, /Exit codes/, /^$/],
    ['help of a command', ['render', '--help'], 0, /--to kubernetes\|compose/, /^$/],
    ['help with the command behind it', ['help', 'plan'], 0, /chatstack plan -f/, /^$/],
    ['--version', ['--version'], 0, /^1\.2\.3\n$/, /^$/],
    ['options before the command', ['-n', 'x', 'render', '-h'], 0, /^Usage: chatstack render/, /^$/],
    ['an unknown command', ['apply'], 2, /^$/, /expected a command \(plan, render.*\), found "apply"/],
    ['a misspelt command', ['rendr'], 2, /^$/, /found "rendr"\. Did you mean render\?/],
    ['help of a misspelt command', ['help', 'pln'], 2, /^$/, /Did you mean plan\?/],
    ['a misspelt option', ['plan', '--file', 'a'], 2, /^$/, /found --file\. Did you mean --filename\?/],
    ['an unknown option', ['plan', '-x'], 2, /^$/, /expected a known option, found -x\n/],
    ['an option without its value', ['plan', '-f'], 2, /^$/, /-f: expected FILE behind it, found nothing/],
    ['an option in place of a value', ['plan', '-n', '-f', 'a'], 2, /^$/, /-n: expected NAMESPACE behind it, found -f/],
    ['an argument too many', ['plan', 'acme', '-f', 'a'], 2, /^$/, /plan: expected options behind it, found "acme"/],
    ['an argument too few', ['completion'], 2, /^$/, /completion: expected SHELL, found none/],
    ['no file', ['plan'], 2, /^$/, /expected -f FILE/],
    ['an unknown form', ['render', '-f', 'a', '--to', 'helm'], 2, /^$/, /expected kubernetes or compose, found "helm"/],
    ['a form for plan', ['plan', '-f', 'a', '--to', 'compose'], 2, /^$/, /belongs to render/],
    ['an empty file', ['plan', '-f', 'a'], 2, /^$/, /expected a document with kind ChatStack, found nothing/],
  ])('%s', async (_, args, code, out, err) => {
    const result = await run(args);
    expect(result.code).toBe(code);
    expect(result.out).toMatch(out);
    expect(result.err).toMatch(err);
  });

  test('every command has examples that it understands', () => {
    for (const command of commands) {
      expect(command.examples.length).toBeGreaterThan(0);
      for (const [, line] of command.examples.filter(([, each]) => each.startsWith('chatstack'))) {
        const words = line.replace(/ >.*/, '').split(' ').slice(1);
        expect(parseArguments(words, commands)).toMatchObject({ kind: 'run', command });
      }
    }
  });

  test('an option means the same in every command that has it', () => {
    const seen = new Map<string, unknown>();
    for (const [name, { short, value }] of commands.flatMap(({ options }) => Object.entries(options))) {
      expect({ short, value }).toEqual(seen.get(name) ?? { short, value });
      seen.set(name, { short, value });
    }
  });

  test.each([
    ['another kind', 'kind: Pod', /found Pod/],
    ['text that is no YAML', 'a: [', /expected YAML/],
    [
      'another version',
      'apiVersion: chatstack.dev/v9\nkind: ChatStack',
      /expected apiVersion chatstack\.dev\/v1alpha1/,
    ],
    ['no name', 'apiVersion: chatstack.dev/v1alpha1\nkind: ChatStack', /metadata\.name/],
    ['two stacks for one compose file', `${stack({})}\n---\n${stack({})}`, /expected one ChatStack/],
  ])('%s is told', async (_, text, message) => {
    const { code, err } = await run(['render', '-f', 'a', '--to', 'compose'], { a: text });
    expect(code).toBe(2);
    expect(err).toMatch(message);
  });
});
