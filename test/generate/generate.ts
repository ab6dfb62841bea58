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

/** An artefact with the text that its sources make. */
type Made = { readonly artefact: Artefact; readonly path: string; readonly text: string };

/** The artefacts whose file is missing or not what its sources make of it. */
export const findStale = async (): Promise<readonly Made[]> => {
  const made = await Promise.all(
    artefacts.map(async (artefact) => ({ artefact, path: artefact.path, text: await artefact.text() })),
  );
  return made.filter(({ artefact, text }) => read(artefact) !== text);
};

const write = ({ artefact, text }: Made): void => {
  mkdirSync(dirname(locate(artefact)), { recursive: true });
  writeFileSync(locate(artefact), text);
};

const main = async (args: readonly string[]): Promise<number> => {
  const stale = await findStale();
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

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));
