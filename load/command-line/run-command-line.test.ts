import { expect, test } from '@jest/globals';
import { runCommandLine } from './run-command-line.ts';
import { joinWords, splitWords } from './shell-words.ts';
import { type Subcommand, UsageError } from './subcommand.ts';

const subcommands: readonly Subcommand[] = [
  {
    ...{ name: 'run', summary: 'runs', usage: 'how to run' },
    run: async ([first]) => {
      if (first === '--bad') throw new UsageError('--bad: expected something else');
      if (first === '--broken') throw new Error('no engine');
      return first === undefined ? 0 : 1;
    },
  },
];

const call = async (...args: string[]) => {
  const [out, error]: string[][] = [[], []];
  const code = await runCommandLine(subcommands, args, {
    ...{ environment: {}, progress: undefined, colours: false, onInterrupt: () => undefined },
    out: (text) => out?.push(text),
    error: (text) => error?.push(text),
  });
  return { code, out: out?.join('\n'), error: error?.join('\n') };
};

test('a command runs with its own arguments, and answers its code', async () => {
  expect((await call('run')).code).toBe(0);
  expect((await call('run', 'more')).code).toBe(1);
});

test('help is told of all, and of one', async () => {
  expect(await call('--help')).toMatchObject({ code: 0, out: expect.stringContaining('run  runs') });
  expect(await call('run', '--help')).toMatchObject({ code: 0, out: 'how to run' });
});

test('mistakes are told with how it is used, failures without', async () => {
  expect(await call()).toMatchObject({ code: 2, error: expect.stringContaining('found nothing') });
  expect(await call('walk')).toMatchObject({ code: 2, error: expect.stringContaining('found "walk"') });
  expect(await call('run', '--bad')).toMatchObject({ code: 2, error: expect.stringContaining('how to run') });
  expect(await call('run', '--broken')).toMatchObject({ code: 2, error: 'load run: no engine' });
});

test('a command that was written down is read as it was', () => {
  const words = ['npm', 'run', '--out', 'my file.json', "it's", '', 'a=b,c'];
  const command = joinWords(words);
  expect(command).toBe(`npm run --out 'my file.json' 'it'\\''s' '' a=b,c`);
  expect(splitWords(command)).toEqual(words);
});
