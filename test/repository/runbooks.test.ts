import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { listAlerts } from '@chatstack/dashboards/alerts/build-rules.ts';
import { buildOperatorAlerts } from '@chatstack/dashboards/alerts/operator.ts';
import { operatorInput, usualInput } from '@chatstack/dashboards/testing/alerts/inputs.ts';
import { commands } from '@chatstack/operator/command-line/commands.ts';
import { parseArguments } from '@chatstack/operator/command-line/parse-arguments.ts';
import { describe, expect, test } from '@jest/globals';

const folder = join(import.meta.dirname, '../../docs/runbooks');
const pages = readdirSync(folder).map((file) => ({ file, text: readFileSync(join(folder, file), 'utf8') }));
const runbooks = pages.filter(({ file }) => file !== 'README.md');

/** What stands in code, a block or a word of a sentence: lines, without comments and what is piped on. */
const listCommands = (text: string): readonly string[] =>
  [...text.matchAll(/```sh\n([\s\S]*?)```|`([^`\n]+)`/g)]
    .flatMap(([, block, words]) => (block ?? words ?? '').split('\n'))
    .map((line) => line.replace(/ +[#|].*/, '').trim());

/** The anchor that GitHub gives a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');

const anchorsOf = (path: string): readonly string[] =>
  [...readFileSync(path, 'utf8').matchAll(/^#+ (.*)$/gm)].map(([, heading]) => anchorOf(heading ?? ''));

const isThere = (link: string, file: string): boolean => {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? join(folder, file) : join(dirname(join(folder, file)), path);
  return existsSync(target) && (anchor === undefined || anchorsOf(target).includes(anchor));
};

describe('the runbooks', () => {
  test('there is one for each alert, and none without', () => {
    const alerts = [...listAlerts(usualInput), ...buildOperatorAlerts(operatorInput)];
    const wanted = new Set(alerts.map(({ name }) => `${name}.md`));
    expect(new Set(runbooks.map(({ file }) => file))).toEqual(wanted);
  });

  test.each(runbooks)(
    '$file says what it means, what it does to users, how to look and what to do',
    ({ file, text }) => {
      const parts = text
        .replaceAll(/^# /gm, (mark, at: number) => (at === 0 ? '## ' : mark))
        .split(/^## (.*)$/m)
        .map((part) => part.trim());
      const titles = parts.filter((_, index) => index % 2 === 1);
      expect(titles).toEqual([file.replace('.md', ''), 'Meaning', 'Impact', 'Diagnosis', 'Mitigation']);
      expect(parts.slice(4).filter((part) => part.length < 20 && !titles.includes(part))).toEqual([]);
    },
  );

  test.each(pages)('$file calls chatstack as its command line is', ({ text }) => {
    for (const line of listCommands(text).filter((each) => /^chatstack \w/.test(each))) {
      expect(parseArguments(line.split(/ +/).slice(1), commands)).toMatchObject({ kind: 'run' });
    }
  });

  test.each(pages)('$file leads somewhere with each link', ({ file, text }) => {
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link ?? '');
    expect(links.filter((link) => !/^https?:/.test(link) && !isThere(link, file))).toEqual([]);
  });

  test.each(pages)('$file names only alerts that there are', ({ text }) => {
    const names = text.match(/\bChatStack[A-Z]\w+/g) ?? [];
    expect(names.filter((name) => !existsSync(join(folder, `${name}.md`)))).toEqual([]);
  });

  test('a command that is not there, and a link into the void, would be found', () => {
    expect(listCommands('```sh\nchatstack fly acme # up\n```')).toEqual(['chatstack fly acme', '']);
    expect(() => parseArguments(['fly', 'acme'], commands)).toThrow();
    expect(isThere('../operations/tls.md#renewal', 'README.md')).toBe(true);
    expect(isThere('../operations/tls.md#none', 'README.md')).toBe(false);
  });
});
