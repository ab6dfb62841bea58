import { describe, expect, test } from '@jest/globals';
import { settingDifferences } from './setting-differences.ts';

describe('settings of a pooler against the plan', () => {
  const found = new Map([
    ['default_pool_size', '20'],
    ['server_idle_timeout', '600.0'],
    ['pool_mode', 'transaction'],
    ['auth_file', ''],
  ]);

  test.each([
    ['equal text', { pool_mode: 'transaction' }, []],
    ['numbers printed differently', { server_idle_timeout: 600 }, []],
    ['another number', { default_pool_size: 40 }, [{ name: 'default_pool_size', expected: '40', found: '20' }]],
    ['an unknown setting', { nothing_such: 1 }, [{ name: 'nothing_such', expected: '1', found: undefined }]],
    ['zero against nothing', { auth_file: 0 }, [{ name: 'auth_file', expected: '0', found: '' }]],
  ])('%s', (_, expected, differences) => {
    expect(settingDifferences(expected as Record<string, string | number>, found)).toEqual(differences);
  });
});
