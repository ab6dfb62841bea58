#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { largestManifest, ManifestError } from './read-manifest.ts';
import { runCommand } from './run-command.ts';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

function readText(path: string): string {
  try {
    const bytes = readFileSync(path === '-' ? 0 : path);
    if (bytes.length > largestManifest) {
      throw new ManifestError(`${path}: expected at most ${largestManifest} bytes, found ${bytes.length}`);
    }
    return bytes.toString('utf8');
  } catch (error) {
    if (error instanceof ManifestError) throw error;
    throw new ManifestError(`${path}: expected a file that can be read, found ${(error as Error).message}`);
  }
}

// A reader that has seen enough (`chatstack plan … | head`) ends the pipe: no fault of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

process.exitCode = runCommand(process.argv.slice(2), {
  version,
  readFile: readText,
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
