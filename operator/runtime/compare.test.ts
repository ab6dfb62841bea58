import { describe, expect, test } from '@jest/globals';
import { canonicalize, findDeviations, subtractDeviations } from './compare.ts';

function paths(desired: unknown, live: unknown): string[] {
  return [...findDeviations(desired, live).keys()];
}

describe('findDeviations', () => {
  test('ignores what the manifest does not mention', () => {
    expect(paths({ spec: { replicas: 1 } }, { spec: { replicas: 1, paused: false }, status: {} })).toEqual([]);
  });

  test('names the path of a changed, a missing and a wrongly typed value', () => {
    expect(paths({ a: { b: 1 }, c: 'x', d: { e: 1 } }, { a: { b: 2 }, d: 'text' })).toEqual(['a.b', 'c', 'd']);
  });

  test('takes absent for empty lists and null, but not for empty objects', () => {
    expect(paths({ list: [], nothing: null, emptyDir: {} }, {})).toEqual(['emptyDir']);
  });

  test('takes an explicit undefined for not mentioned', () => {
    expect(paths({ a: undefined }, { a: 1 })).toEqual([]);
  });

  test('finds elements of merged lists by their key, in any order, among strangers', () => {
    const desired = { containers: [{ name: 'app', env: [{ name: 'A', value: '1' }], ports: [{ containerPort: 80 }] }] };
    const app = {
      name: 'app',
      env: [
        { name: 'Z', value: '0' },
        { name: 'A', value: '1' },
      ],
      ports: [{ containerPort: 80, protocol: 'TCP' }],
    };
    expect(paths(desired, { containers: [{ name: 'sidecar' }, app] })).toEqual([]);
    expect(paths(desired, { containers: [{ ...app, env: [{ name: 'A', value: '2' }] }] })).toEqual([
      'containers[app].env[A].value',
    ]);
    expect(paths(desired, { containers: [{ name: 'sidecar' }] })).toEqual(['containers[app]']);
  });

  test('tells service ports apart by number and protocol', () => {
    const desired = { spec: { ports: [{ name: 'dns', port: 53, protocol: 'UDP', targetPort: 53 }] } };
    const other = { name: 'dns-tcp', port: 53, protocol: 'TCP', targetPort: 5353 };
    expect(paths(desired, { spec: { ports: [other, { ...desired.spec.ports[0], nodePort: 30000 }] } })).toEqual([]);
    expect(paths(desired, { spec: { ports: [other] } })).toEqual(['spec.ports[53,UDP]']);
  });

  test('wants every other list exactly, but lets the server add defaults to its elements', () => {
    const desired = { ingress: [{ ports: [{ port: 53 }] }], accessModes: ['ReadWriteOnce'] };
    expect(
      paths(desired, { ingress: [{ ports: [{ port: 53, protocol: 'TCP' }] }], accessModes: ['ReadWriteOnce'] }),
    ).toEqual([]);
    expect(paths(desired, { ingress: [{ ports: [{ port: 53 }] }, {}], accessModes: ['ReadWriteMany'] })).toEqual([
      'ingress',
      'accessModes[0]',
    ]);
  });

  test('wants selectors exactly: a label added by hand chooses other pods', () => {
    expect(paths({ selector: { app: 'a' } }, { selector: { app: 'a', canary: 'true' } })).toEqual(['selector']);
  });

  test('lets others add finalizers', () => {
    expect(paths({ finalizers: ['ours'] }, { finalizers: ['theirs', 'ours'] })).toEqual([]);
    expect(paths({ finalizers: ['ours'] }, { finalizers: ['theirs'] })).toEqual(['finalizers']);
  });
});

test('a deviation is known only with the same live value', () => {
  const answered = findDeviations({ cpu: '1000m' }, { cpu: '1' });
  expect(subtractDeviations(findDeviations({ cpu: '1000m' }, { cpu: '1' }), answered).size).toBe(0);
  expect([...subtractDeviations(findDeviations({ cpu: '1000m' }, { cpu: '2' }), answered)]).toEqual([['cpu', '"2"']]);
});

test('equal values have equal canonical texts, whatever the order of their keys', () => {
  expect(canonicalize({ b: [{ d: 1, c: undefined }], a: null })).toBe(canonicalize({ a: null, b: [{ d: 1 }] }));
});
