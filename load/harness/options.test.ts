import { describe, expect, test } from '@jest/globals';
import { UsageError } from '../command-line/subcommand.ts';
import { scenarioNames } from '../results/load-run.ts';
import { parseRunOptions } from './options.ts';

describe('the options of a run', () => {
  test('have values that make a report unless told, fewer data where these go through an API', () => {
    const usual = {
      conversations: 1000,
      messages: 200_000,
      users: 10_000,
      repetitions: 7,
      connections: expect.anything(),
    };
    expect(parseRunOptions([])).toMatchObject({ scenarios: scenarioNames, seed: 1, ...usual });
    const given = parseRunOptions(['--url', 'http://localhost:3001/']);
    expect(given).toMatchObject({ url: 'http://localhost:3001', conversations: 50, messages: 500, users: 100 });
    expect(given.scenarios).not.toContain('pooler');
  });

  test('keep the order of scenarios, in which one uses what the one before found', () => {
    expect(parseRunOptions(['--only', 'soak,compare']).scenarios).toEqual(['compare', 'soak']);
  });

  test.each([
    [['--only', 'compare,speed'], /--only: expected some of compare,.* found "compare,speed"/],
    [['--only', ''], /--only/],
    [['--only', 'pooler', '--url', 'http://a'], /--only.*with --url/],
    [['--rate', 'fast'], /--rate: expected a number from 1 to 100000, found "fast"/],
    [['--rate', ''], /--rate/],
    [['--think', '60'], /--think: expected a number from 0.1 to 15/],
    [['--connections', '1000,500'], /--connections: expected rising whole numbers/],
    [['--url', 'localhost'], /--url: expected a URL such as/],
    [['--prometheus-url', 'http://a'], /--prometheus-url: expected --url too/],
    [['--resume', 'a.json', '--rate', '5'], /--resume takes all else from the run/],
    [['--speed'], /--speed/],
    [['now'], /now/],
  ])('refuse %j', (args, message) => {
    expect(() => parseRunOptions(args)).toThrow(UsageError);
    expect(() => parseRunOptions(args)).toThrow(message);
  });
});
