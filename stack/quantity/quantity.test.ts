import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatDuration, parseDuration } from './duration.ts';
import { compareQuantities, formatQuantity, parseQuantity, quantity, toBytes, toMillicores } from './quantity.ts';

describe('A quantity', () => {
  test.each([
    ['1024Mi', '1Gi'],
    ['1.5Gi', '1536Mi'],
    ['0.5Ki', '512'],
    ['1.5', '1500m'],
    ['1000m', '1'],
    ['2000', '2k'],
    ['0.1', '100m'],
    ['0', '0'],
    ['0Mi', '0'],
    ['1073741824', '1073741824'],
  ])('%s is written canonically as %s', (text, canonical) => {
    expect(formatQuantity(quantity(text))).toBe(canonical);
  });

  test.each(['', 'Mi', '1 Gi', '-1', '1e3', '1GiB', '1,5', '+1', '.5', '1.2345'])('"%s" is none', (text) => {
    expect(parseQuantity(text)).toBeUndefined();
  });

  test('compares by amount, whatever the suffix', () => {
    expect(compareQuantities(quantity('1Gi'), quantity('1024Mi'))).toBe(0);
    expect(compareQuantities(quantity('1G'), quantity('1Gi'))).toBeLessThan(0);
    expect(compareQuantities(quantity('2'), quantity('1999m'))).toBeGreaterThan(0);
  });

  test('rounds up to whole bytes and millicores', () => {
    expect(toBytes(quantity('1.5'))).toBe(2);
    expect(toMillicores(quantity('0.001'))).toBe(1);
  });

  test('keeps its amount when written and read again', () => {
    const suffix = fc.constantFrom('', 'm', 'k', 'M', 'G', 'T', 'Ki', 'Mi', 'Gi', 'Ti');
    fc.assert(
      fc.property(fc.nat(1_000_000), suffix, (amount, unit) => {
        const first = quantity(`${amount}${unit}`);
        expect(compareQuantities(quantity(formatQuantity(first)), first)).toBe(0);
      }),
    );
  });
});

describe('A duration', () => {
  test.each([
    ['30s', 30],
    ['1m30s', 90],
    ['2h', 7200],
    ['0s', 0],
    ['90s', 90],
  ])('%s is %i seconds', (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });

  test.each(['', '30', '1.5s', '1s1m', '500ms', '-1s'])('"%s" is none', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  test('is the same number of seconds when written and read again', () => {
    fc.assert(
      fc.property(fc.nat(10_000_000), (seconds) => expect(parseDuration(formatDuration(seconds))).toBe(seconds)),
    );
  });
});
