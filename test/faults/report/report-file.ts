import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Runs that are to be shown, one of each fault, and where they were made. */
type RunsOf<Environment, Run> = { readonly environment: Environment; readonly runs: readonly Run[] };

/** Puts newer runs in the place of older ones of the same faults. */
export function mergeRuns<Run extends { readonly name: string }>(
  older: readonly Run[],
  newer: readonly Run[],
): readonly Run[] {
  const names = new Set(newer.map(({ name }) => name));
  return [...older.filter(({ name }) => !names.has(name)), ...newer];
}

/** Reads the file of a report. */
export async function readReport<Report>(file: string): Promise<Report> {
  return JSON.parse(await readFile(file, 'utf8')) as Report;
}

/** Writes runs into the file of a report; those that it has of other faults stay. */
export async function saveReport<Environment, Run extends { readonly name: string }>(
  file: string,
  { environment, runs }: RunsOf<Environment, Run>,
): Promise<void> {
  const older = existsSync(file) ? ((await readReport<Partial<RunsOf<Environment, Run>>>(file)).runs ?? []) : [];
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify({ environment, runs: mergeRuns(older, runs) }, undefined, 2)}\n`);
}
