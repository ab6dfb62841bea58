import { expect, test } from '@jest/globals';
import { describeMissingMemory, requireOpenFiles } from './environment.ts';

test('too few open files are refused with what is needed', () => {
  expect(() => requireOpenFiles(10_000, 10_500)).not.toThrow();
  expect(() => requireOpenFiles(10_000, 4096)).toThrow(/expected .* 10500 open files .* found a hard limit of 4096/);
});

test('too little memory for virtual users is told', () => {
  expect(describeMissingMemory(10_000, 8e9)).toBeUndefined();
  expect(describeMissingMemory(10_000, 4e9)).toMatch(/6.5 GB of memory for 10,000 users, and 4.0 GB are free/);
});
