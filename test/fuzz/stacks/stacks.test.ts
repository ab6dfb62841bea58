import { findApiServerBinaries } from '@chatstack/test/engines/api-server-binaries.ts';
import { describe, expect, test } from '@jest/globals';
import { buildSpecs, fuzzStacks } from './fuzz-stacks.ts';

/** A small part of `npm run fuzz:stacks`. */
const COUNT = 40;
const SEED = 20260101;

const withApiServer = findApiServerBinaries() ? describe : describe.skip;

withApiServer('ChatStacks made of the schema at random', () => {
  test('are refused with a reason, become Ready or stall with a reason, and the operator goes on', async () => {
    const outcomes = await fuzzStacks({ seed: SEED, count: COUNT });
    expect(outcomes.filter(({ verdict }) => verdict.kind === 'failure')).toEqual([]);
    const kinds = outcomes.map(({ verdict }) => verdict.kind);
    expect(kinds).toEqual(expect.arrayContaining(['refused', 'ready', 'stalled']));
  }, 900_000);
});

test('a seed gives the same specs again', () => {
  expect(buildSpecs(SEED, 5)).toEqual(buildSpecs(SEED, 5));
});
