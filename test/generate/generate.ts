import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Artefact, artefacts } from './artefacts.ts';

const locate = ({ path }: Artefact): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

const read = (artefact: Artefact): string | undefined => {
  try {
    return readFileSync(locate(artefact), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
};

/** The artefacts whose file is missing or not what its sources make of it. */
export const findStale = (): readonly Artefact[] => artefacts.filter((artefact) => read(artefact) !== artefact.text());

const write = (artefact: Artefact): void => {
  mkdirSync(dirname(locate(artefact)), { recursive: true });
  writeFileSync(locate(artefact), artefact.text());
};

const main = (args: readonly string[]): number => {
  const stale = findStale();
  if (!args.includes('--check')) {
    stale.forEach(write);
    process.stdout.write(stale.length === 0 ? 'nothing to do\n' : stale.map(({ path }) => `wrote ${path}\n`).join(''));
    return 0;
  }
  if (stale.length === 0) return 0;
  process.stderr.write(
    `expected generated files to match their sources, found stale:\n${stale.map(({ path }) => `  ${path}\n`).join('')}run: make generate\n`,
  );
  return 1;
};

if (import.meta.main) process.exitCode = main(process.argv.slice(2));
