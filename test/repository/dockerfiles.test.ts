import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

/** The lines of a stage of an image, from its FROM to the next one. */
function readStage(room: string, stage: string): string {
  const file = readFileSync(join(import.meta.dirname, '../..', room, 'Dockerfile'), 'utf8');
  const found = file.split(/^(?=FROM )/m).find((each) => each.split('\n')[0]?.endsWith(` AS ${stage}`));
  if (found === undefined) throw new Error(`expected a stage ${stage} in ${room}/Dockerfile, found none`);
  return found.trim();
}

test('both images are built on the same Node: an image has one Dockerfile, and cannot take the stage from the other', () => {
  expect(readStage('operator', 'runtime')).toBe(readStage('service', 'runtime'));
});

test("the operator's modules are compiled with the flags that it runs with, or its compile cache would count for nothing", () => {
  const flagsOf = (text: string) => text.match(/(?<=[ "])--[a-z-]+(=\d+)?(?=[ "])/g);
  const [compile] = readStage('operator', 'compiled').match(/^RUN for program[^&]*/m) ?? [];
  const [start] = readStage('operator', 'production').match(/^CMD .*$/m) ?? [];
  expect(flagsOf(start ?? '')).toEqual(['--optimize-for-size', '--max-semi-space-size=2', '--no-opt', '--no-maglev']);
  expect(flagsOf(compile ?? '')).toEqual(flagsOf(start ?? ''));
});
