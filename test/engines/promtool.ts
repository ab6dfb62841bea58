import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { requireProgram } from './programs.ts';

/** Runs promtool in a folder with these files, which are written as JSON, and so as YAML. Resolves to what it finds wrong; empty: nothing. */
export async function runPromtool(args: readonly string[], files: Readonly<Record<string, object>>): Promise<string> {
  const program = requireProgram('promtool');
  const folder = mkdtempSync(join(tmpdir(), 'chatstack-promtool-'));
  try {
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), JSON.stringify(content));
    await promisify(execFile)(program, args, { cwd: folder });
    return '';
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    if (stdout === undefined) throw error; // promtool did not even run
    return `${stdout}${stderr}`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
