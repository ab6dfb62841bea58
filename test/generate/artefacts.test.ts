import { expect, test } from '@jest/globals';
import { artefacts } from './artefacts.ts';
import { findStale } from './generate.ts';

test('every generated file is what its sources make of it (otherwise: make generate)', async () => {
  expect((await findStale()).map(({ path }) => path)).toEqual([]);
});

test('each generated file has one source', () => {
  const paths = artefacts.map(({ path }) => path);
  expect(new Set(paths).size).toBe(paths.length);
});
