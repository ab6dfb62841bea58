import { expect, test } from '@jest/globals';
import { createJsonSplitter } from './json-stream.ts';

const objects = [
  { type: 'ADDED', object: { name: 'a', text: '}\n' } },
  { type: 'DELETED', object: { list: [{}] } },
];
const output = objects.map((object) => `${JSON.stringify(object, undefined, 4)}\n`).join('');

test('objects come out whole however their text is cut', () => {
  for (const size of [1, 2, 7, 50, output.length]) {
    const split = createJsonSplitter();
    const found: unknown[] = [];
    for (let at = 0; at < output.length; at += size) found.push(...split(output.slice(at, at + size)));
    expect(found).toEqual(objects);
  }
});
