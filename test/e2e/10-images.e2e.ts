import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { run } from './command.ts';
import { readContext } from './context.ts';
import { recordFigure } from './figures.ts';

const context = readContext();
const root = fileURLToPath(new URL('../..', import.meta.url));
const MEGABYTE = 1_000_000;

/** What a production image may weigh on top of its base, in MB: the sources, their packages and the pinned Node. */
const LARGEST_MB = 250;

const images = [
  ['service', context.serviceImage],
  ['operator', context.operatorImage],
] as const;

const inspect = async (image: string, format: string) =>
  (await run('docker', ['image', 'inspect', '--format', format, image])).stdout.trim();

describe.each(images)('the image of the %s', (name, image) => {
  test('does not run as root', async () => {
    const user = await inspect(image, '{{.Config.User}}');
    expect(user).not.toMatch(/^(|root|0)(:|$)/);
  });

  test('is small: what it adds to its base', async () => {
    const [size, base] = await Promise.all([
      inspect(image, '{{.Size}}'),
      inspect('node:24-trixie-slim', '{{.Size}}').catch(() => '0'), // a builder may keep bases to itself
    ]);
    const megabytes = (Number(size) - Number(base)) / MEGABYTE;
    recordFigure(context.figuresFile, {
      what: `image of the ${name} on top of its base`,
      target: `≤ ${LARGEST_MB} MB`,
      measured: `${megabytes.toFixed(0)} MB`,
      met: megabytes <= LARGEST_MB,
    });
    expect(megabytes).toBeLessThanOrEqual(LARGEST_MB);
  });

  test('holds no development packages and no tests', async () => {
    const { devDependencies } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'));
    const program = `
      const { existsSync, globSync } = require('node:fs');
      const packages = ${JSON.stringify(Object.keys(devDependencies))}.filter((name) => name !== 'node');
      console.log(JSON.stringify([
        ...packages.filter((name) => existsSync('node_modules/' + name)),
        ...globSync('{service,operator,stack,test}/**/*.test.ts', { exclude: ['**/node_modules'] }),
      ]));`;
    const { stdout } = await run('docker', ['run', '--rm', '--network=none', image, 'node', '-e', program]);
    expect(JSON.parse(stdout)).toEqual([]);
  });
});
