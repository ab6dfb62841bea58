import { describe, expect, test } from '@jest/globals';
import { createCache } from './cache.ts';
import type { KubernetesObject } from './object.ts';

function object(name: string, resourceVersion: string, more: Partial<KubernetesObject['metadata']> = {}) {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'here', resourceVersion, ...more } };
}

const key = { namespace: 'here', name: 'one' };
const version = (found: KubernetesObject | undefined) => found?.metadata.resourceVersion;

describe('a cache', () => {
  test('gives the differences to the list before', () => {
    const cache = createCache();
    cache.replace([object('one', '1'), object('two', '2')], '5', cache.mark());
    const changes = cache.replace([object('one', '1'), object('three', '7')], '8', cache.mark());
    expect(changes.map(({ type, object }) => [type, object.metadata.name])).toEqual([
      ['deleted', 'two'],
      ['added', 'three'],
    ]);
    expect(cache.list().map(({ metadata }) => metadata.name)).toEqual(['one', 'three']);
  });

  test('never keeps managedFields, and keeps only what transform leaves', () => {
    const cache = createCache({ transform: (each) => ({ ...each, data: undefined }) });
    cache.put({ ...object('one', '1', { managedFields: [{}] }), data: { big: 'x' } });
    expect(cache.get(key)).toEqual({ ...object('one', '1'), data: undefined });
  });

  test('ignores duplicates and replays of old state', () => {
    const cache = createCache();
    cache.put(object('one', '10'));
    expect(cache.put(object('one', '10'))).toBeNull();
    expect(cache.put(object('one', '9'))).toBeNull();
    expect(cache.remove(object('one', '9'))).toBeNull();
    expect(version(cache.get(key))).toBe('10');
    expect(cache.put(object('one', '100'))).toMatchObject({ type: 'updated' });
    expect(cache.remove(object('one', '101'))).toMatchObject({ type: 'deleted' });
    expect(cache.get(key)).toBeUndefined();
  });

  test('takes a list as it is, also after a restore of older state', () => {
    const cache = createCache();
    cache.put(object('one', '100'));
    cache.replace([object('one', '7')], '9', cache.mark());
    expect(version(cache.get(key))).toBe('7');
    expect(cache.put(object('one', '10'))).toMatchObject({ type: 'updated' });
  });

  test('finds objects by owner as owners change', () => {
    const owner = { apiVersion: 'v1', kind: 'Owner', name: 'a', uid: 'u1' };
    const cache = createCache();
    cache.put(object('one', '1', { ownerReferences: [owner] }));
    cache.put(object('two', '2', { ownerReferences: [owner] }));
    expect(cache.listByOwner('u1').map(({ metadata }) => metadata.name)).toEqual(['one', 'two']);
    cache.put(object('one', '3'));
    cache.remove(object('two', '4'));
    expect(cache.listByOwner('u1')).toEqual([]);
  });

  test('shows a write of ours before the watch tells of it, which then is no news', () => {
    const cache = createCache();
    cache.replace([object('one', '1')], '5', cache.mark());
    cache.noteWritten(object('one', '6'));
    expect(version(cache.get(key))).toBe('6');
    expect(cache.put(object('one', '6'))).toBeNull();
    expect(cache.put(object('one', '7'))).toMatchObject({ type: 'updated' });
  });

  test('does not bring back an object that was deleted before the answer to its write came', () => {
    const cache = createCache();
    cache.replace([], '5', cache.mark());
    cache.put(object('one', '6'));
    cache.remove(object('one', '7'));
    cache.noteWritten(object('one', '6'));
    expect(cache.get(key)).toBeUndefined();
  });

  test('keeps a write of ours over a list that was asked for before it, and no longer', () => {
    const cache = createCache();
    const mark = cache.mark();
    cache.noteWritten(object('one', '6'));
    cache.replace([], '5', mark);
    expect(version(cache.get(key))).toBe('6');
    cache.replace([], '9', cache.mark());
    expect(cache.get(key)).toBeUndefined();
  });

  test('takes in no write that it does not select', () => {
    const cache = createCache({ labels: { part: 'mine' } });
    cache.noteWritten(object('one', '6'));
    expect(cache.get(key)).toBeUndefined();
    cache.noteWritten(object('one', '6', { labels: { part: 'mine' } }));
    expect(version(cache.get(key))).toBe('6');
  });
});
