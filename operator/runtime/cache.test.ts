import { describe, expect, test } from '@jest/globals';
import { type CacheFeed, type CacheOptions, createCache } from './cache.ts';
import type { KubernetesObject } from './object.ts';

function object(name: string, resourceVersion: string, more: Partial<KubernetesObject['metadata']> = {}) {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'here', resourceVersion, ...more } };
}

const key = { namespace: 'here', name: 'one' };
/** A whole list in one page. */
const list = (cache: CacheFeed, items: readonly KubernetesObject[], resourceVersion: string) => {
  const begun = cache.beginList();
  return [...begun.take(items), ...begun.complete(resourceVersion)];
};

const version = (found: KubernetesObject | undefined) => found?.metadata.resourceVersion;

describe.each([false, true])('a cache (packed: %s)', (packed) => {
  const build = (options: CacheOptions = {}) => createCache({ ...options, packed });

  test('gives the differences to the list before', () => {
    const cache = build();
    list(cache, [object('one', '1'), object('two', '2')], '5');
    const changes = list(cache, [object('one', '1'), object('three', '7')], '8');
    expect(changes.map(({ type, object }) => [type, object.metadata.name])).toEqual([
      ['added', 'three'],
      ['deleted', 'two'],
    ]);
    expect(cache.list().map(({ metadata }) => metadata.name)).toEqual(['one', 'three']);
  });

  test('never keeps managedFields, and keeps only what transform leaves', () => {
    const cache = build({ transform: (each) => ({ ...each, data: undefined }) });
    cache.put({ ...object('one', '1', { managedFields: [{}] }), data: { big: 'x' } });
    expect(cache.get(key)).toEqual({ ...object('one', '1'), data: undefined });
  });

  test('ignores duplicates and replays of old state', () => {
    const cache = build();
    cache.put(object('one', '10'));
    expect(cache.put(object('one', '10'))).toBeNull();
    expect(cache.put(object('one', '9'))).toBeNull();
    expect(cache.remove(object('one', '9'))).toBeNull();
    expect(version(cache.get(key))).toBe('10');
    expect(cache.put(object('one', '100'))).toMatchObject({ type: 'updated' });
    expect(cache.remove(object('one', '101'))).toMatchObject({ type: 'deleted' });
    expect(cache.get(key)).toBeUndefined();
  });

  test('shows each page at once, and what a list lacks until it is complete', () => {
    const cache = build();
    list(cache, [object('one', '1'), object('two', '2')], '2');
    const begun = cache.beginList();
    expect(begun.take([object('three', '3')])).toMatchObject([{ type: 'added' }]);
    cache.noteWritten(object('four', '9'));
    begun.take([object('one', '8')]);
    expect(cache.list().map(({ metadata }) => metadata.name)).toEqual(['one', 'two', 'three', 'four']);
    expect(begun.complete('8')).toMatchObject([{ type: 'deleted', object: object('two', '2') }]);
    expect(cache.list().map(({ metadata }) => metadata.name)).toEqual(['one', 'three', 'four']);
  });

  test('a list that broke off takes nothing away', () => {
    const cache = build();
    list(cache, [object('one', '1'), object('two', '2')], '2');
    cache.beginList().take([object('two', '3')]);
    list(cache, [object('one', '1')], '4');
    expect(cache.list().map(({ metadata }) => metadata.name)).toEqual(['one']);
  });

  test('takes a list as it is, also after a restore of older state', () => {
    const cache = build();
    cache.put(object('one', '100'));
    list(cache, [object('one', '7')], '9');
    expect(version(cache.get(key))).toBe('7');
    expect(cache.put(object('one', '10'))).toMatchObject({ type: 'updated' });
  });

  test('finds objects by owner as owners change', () => {
    const owner = { apiVersion: 'v1', kind: 'Owner', name: 'a', uid: 'u1' };
    const cache = build();
    cache.put(object('one', '1', { ownerReferences: [owner] }));
    cache.put(object('two', '2', { ownerReferences: [owner] }));
    expect(cache.listByOwner('u1').map(({ metadata }) => metadata.name)).toEqual(['one', 'two']);
    cache.put(object('one', '3'));
    cache.remove(object('two', '4'));
    expect(cache.listByOwner('u1')).toEqual([]);
  });

  test('an index shows exactly the objects that are there, as they are now', () => {
    const cache = build({ indexers: { colour: ({ metadata }) => [metadata.labels?.colour ?? 'none'] } });
    const names = (colour: string) => cache.listBy('colour', colour).map(({ metadata }) => metadata.name);
    list(cache, [object('one', '1', { labels: { colour: 'red' } }), object('two', '2')], '2');
    cache.noteWritten(object('three', '3', { labels: { colour: 'red' } }));
    expect([names('red'), names('none')]).toEqual([['one', 'three'], ['two']]);
    cache.put(object('one', '4'));
    cache.remove(object('three', '5', { labels: { colour: 'red' } }));
    expect([names('red'), names('none')]).toEqual([[], ['two', 'one']]);
    expect(() => cache.listBy('size', 'small')).toThrow('expected one of the indexes colour, owner, found size');
  });

  test('shows a write of ours before the watch tells of it, which then is no news', () => {
    const cache = build();
    list(cache, [object('one', '1')], '5');
    cache.noteWritten(object('one', '6'));
    expect(version(cache.get(key))).toBe('6');
    expect(cache.put(object('one', '6'))).toBeNull();
    expect(cache.put(object('one', '7'))).toMatchObject({ type: 'updated' });
  });

  test('does not bring back an object that was deleted before the answer to its write came', () => {
    const cache = build();
    list(cache, [], '5');
    cache.put(object('one', '6'));
    cache.remove(object('one', '7'));
    cache.noteWritten(object('one', '6'));
    expect(cache.get(key)).toBeUndefined();
  });

  test('keeps a write of ours over a list that was asked for before it, and no longer', () => {
    const cache = build();
    const begun = cache.beginList();
    cache.noteWritten(object('one', '6'));
    begun.complete('5');
    expect(version(cache.get(key))).toBe('6');
    list(cache, [], '9');
    expect(cache.get(key)).toBeUndefined();
  });

  test('takes in no write that it does not select', () => {
    const cache = build({ labels: { part: 'mine' } });
    cache.noteWritten(object('one', '6'));
    expect(cache.get(key)).toBeUndefined();
    cache.noteWritten(object('one', '6', { labels: { part: 'mine' } }));
    expect(version(cache.get(key))).toBe('6');
  });
});
