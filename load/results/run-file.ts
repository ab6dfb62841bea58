import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type LoadRun, loadRunSchema } from './load-run.ts';

/** Reads the raw data of a run. Throws with what was expected where the file is absent or something else. */
export function readRun(path: string): LoadRun {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new Error(`expected the raw data of a run in ${path}, found: ${(error as Error).message}`);
  }
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw new Error(`expected JSON in ${path}, found: ${(error as Error).message}`);
  }
  const parsed = loadRunSchema.safeParse(document);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Error(
    `expected the raw data of a run (version 1) in ${path}, found at ${issue?.path.join('.') || 'the top'}: ${issue?.message}`,
  );
}

/** Writes the raw data of a run; whoever reads the file meets the former run or this one, never half of it. */
export function writeRun(path: string, run: LoadRun): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.new`, `${JSON.stringify(run)}\n`);
  renameSync(`${path}.new`, path);
}
