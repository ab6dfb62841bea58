#!/usr/bin/env node
import { join } from 'node:path';
import { runLocal } from './run-local.ts';

// What is written for the account that runs Postgres must be readable to it, whatever the shell's umask; secrets set their own mode.
process.umask(0o022);

const checkout = join(import.meta.dirname, '../..');
const interrupts: (() => void)[] = [];
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    for (const interrupt of interrupts) interrupt();
  });

process.exitCode = await runLocal({
  checkout,
  file: process.argv[2] ?? 'examples/local.yaml',
  env: process.env,
  output: process.stdout,
  onInterrupt: (listener) => interrupts.push(listener),
});
