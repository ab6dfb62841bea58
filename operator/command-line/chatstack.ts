#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { operatorVersion } from '../version.ts';
import { listContexts, openCluster } from './open-cluster.ts';
import { largestManifest, ManifestError } from './read-manifest.ts';
import { runCommand } from './run-command.ts';

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

/** Made when a command asks for it: the others end at once, as a program does by itself. */
function listenForStop(): AbortSignal {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort());
  return stop.signal;
}

const isTerminal = process.stdout.isTTY === true;
const { NO_COLOR, TERM } = process.env;

process.exitCode = await runCommand(process.argv.slice(2), {
  version: operatorVersion,
  display: {
    isTerminal,
    get columns() {
      return process.stdout.columns ?? 100;
    },
    colours: isTerminal && !NO_COLOR && TERM !== 'dumb',
  },
  listenForStop,
  now: Date.now,
  readFile: readText,
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  openCluster: (choice) => openCluster(process.env, choice),
  listContexts: (choice) => listContexts(process.env, choice),
});
