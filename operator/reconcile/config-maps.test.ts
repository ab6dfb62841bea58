import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { keepOfConfigMap, readFile } from './config-maps.ts';

const metadata = { name: 'acme-prometheus', namespace: 'chat', resourceVersion: '7' };
const holding = (files: object) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata, ...files });
const long = 'expr: up == 0\n'.repeat(100);
const keptOf = (text: string) => (keepOfConfigMap(holding({ data: { rules: text } })).data as { rules: string }).rules;

describe('what is kept of a ConfigMap', () => {
  test('is little of long files, also of binary ones, and all of short ones', () => {
    const kept = keepOfConfigMap(holding({ data: { rules: long, note: 'short' }, binaryData: { packed: long } }));
    expect(kept).toMatchObject({ metadata, data: { note: 'short' } });
    expect(JSON.stringify(kept).length).toBeLessThan(400);
    expect(keepOfConfigMap(holding({}))).toEqual(holding({}));
  });

  test('tells every change of a long file', () => {
    expect(keptOf(long)).toBe(keptOf(`${long}`));
    expect(keptOf(long)).not.toBe(keptOf(`${long} `));
  });

  test('is the whole of a file that is read', () => {
    const kept = keepOfConfigMap(holding({ data: { 'postgresql.conf': long } }));
    expect(readFile(kept, 'postgresql.conf')).toBe(long);
    expect(readFile(kept, 'ca.crt')).toBeUndefined();
    expect(readFile(undefined, 'ca.crt')).toBeUndefined();
  });

  test('never takes a text for the file that it is the digest of', () => {
    const digest = keptOf(long);
    expect(digest).toBe(`sha256:${createHash('sha256').update(long).digest('base64url')}`);
    expect(keptOf(digest)).not.toBe(digest);
  });
});
