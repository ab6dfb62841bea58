import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { run } from './command.ts';
import { readContext } from './context.ts';
import { recordFigure } from './figures.ts';

const context = readContext();
const root = fileURLToPath(new URL('../..', import.meta.url));
const MEGABYTE = 1_000_000;

/** What a production image may weigh, in MB: half of what Node's own slim image does with these packages in it. */
const LARGEST_MB = 200;

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

  test('is small', async () => {
    const megabytes = Number(await inspect(image, '{{.Size}}')) / MEGABYTE;
    recordFigure(context.figuresFile, {
      what: `image of the ${name}`,
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
