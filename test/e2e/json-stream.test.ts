import { expect, test } from '@jest/globals';
import { createJsonSplitter } from './json-stream.ts';

const objects = [
  { type: 'ADDED', object: { name: 'a', text: '}\n{ "\\' } },
  { type: 'DELETED', object: { list: [{}] } },
];

test.each([
  ['a line each', undefined],
  ['pretty-printed', 4],
])('objects that are %s come out whole, however their text is cut', (_, indentation) => {
  const output = objects.map((object) => `${JSON.stringify(object, undefined, indentation)}\n`).join('');
  for (const size of [1, 2, 7, 50, output.length]) {
    const split = createJsonSplitter();
    const found: unknown[] = [];
    for (let at = 0; at < output.length; at += size) found.push(...split(output.slice(at, at + size)));
    expect(found).toEqual(objects);
  }
});
