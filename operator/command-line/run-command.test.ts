import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parse, parseAllDocuments } from 'yaml';
import { runCommand } from './run-command.ts';

const example = (name: string): string => readFileSync(new URL(`../../examples/${name}.yaml`, import.meta.url), 'utf8');

const stack = (spec: object): string =>
  JSON.stringify({ apiVersion: 'chatstack.dev/v1alpha1', kind: 'ChatStack', metadata: { name: 'acme' }, spec });

function run(args: readonly string[], files: Record<string, string> = {}) {
  const output = { out: '', err: '' };
  const code = runCommand(args, {
    version: '1.2.3',
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
  test.each(['empty', 'small', 'large', 'external'])('explains examples/%s.yaml with its budget', (name) => {
    const { code, out, err } = run(['plan', '-f', 'a'], { a: example(name) });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/acme/);
    expect(out).toMatch(/max_connections/);
  });

  test('a stack whose pools do not fit is refused with exit code 1 and the sum', () => {
    const { code, out, err } = run(['plan', '-f', 'a'], { a: stack({ pgbouncer: { poolSize: 5000 } }) });
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/ChatStack acme is refused:[\s\S]*expected[\s\S]*found/);
  });

  test('every faulty field is named at once', () => {
    const { code, err } = run(['plan', '-f', 'a'], { a: stack({ sise: 'small', redis: { maxMemory: 'much' } }) });
    expect(code).toBe(1);
    expect(err).toMatch(/sise/);
    expect(err).toMatch(/spec\.redis\.maxMemory/);
  });
});

describe('chatstack render', () => {
  test('manifests of Kubernetes come in the order in which they are applied, in the namespace asked for', () => {
    const { code, out } = run(['render', '-f', 'a', '-n', 'chat'], { a: example('empty') });
    expect(code).toBe(0);
    const objects = [...parseAllDocuments(out)].map((document) => document.toJS());
    const kinds = objects.map((object) => object.kind);
    expect(kinds.indexOf('StatefulSet')).toBeGreaterThan(kinds.indexOf('ConfigMap'));
    expect(kinds.indexOf('Job')).toBeGreaterThan(kinds.indexOf('StatefulSet'));
    expect(new Set(objects.map((object) => object.metadata.namespace))).toEqual(new Set(['chat']));
  });

  test('a compose file holds every component', () => {
    const { out } = run(['render', '-f', 'a', '--to', 'compose'], { a: example('empty') });
    expect(Object.keys(parse(out).services)).toEqual(
      expect.arrayContaining(['postgres', 'pgbouncer', 'redis', 'service']),
    );
  });

  test('another image of the service is taken', () => {
    const { out } = run(['render', '-f', 'a', '--service-image', 'mine:1'], { a: example('empty') });
    expect(out).toContain('image: mine:1');
  });
});

describe('the command line', () => {
  test.each([
    ['no command', [], 0, /Usage:/, /^$/],
    ['--help', ['--help'], 0, /Exit codes/, /^$/],
    ['help of a command', ['render', '--help'], 0, /--to FORM/, /^$/],
    ['--version', ['--version'], 0, /^1\.2\.3\n$/, /^$/],
    ['an unknown command', ['apply'], 2, /^$/, /expected the command plan or render, found "apply"/],
    ['an unknown option', ['plan', '--file', 'a'], 2, /^$/, /--file/],
    ['no file', ['plan'], 2, /^$/, /expected -f FILE/],
    ['an unknown form', ['render', '-f', 'a', '--to', 'helm'], 2, /^$/, /expected kubernetes or compose, found "helm"/],
    ['a form for plan', ['plan', '-f', 'a', '--to', 'compose'], 2, /^$/, /belongs to render/],
    ['an empty file', ['plan', '-f', 'a'], 2, /^$/, /expected a document with kind ChatStack, found nothing/],
  ])('%s', (_, args, code, out, err) => {
    const result = run(args);
    expect(result.code).toBe(code);
    expect(result.out).toMatch(out);
    expect(result.err).toMatch(err);
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
  ])('%s is told', (_, text, message) => {
    const { code, err } = run(['render', '-f', 'a', '--to', 'compose'], { a: text });
    expect(code).toBe(2);
    expect(err).toMatch(message);
  });
});
