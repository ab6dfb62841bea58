import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { apiServerCache, askSetupEnvtest, findApiServerBinaries } from '../engines/api-server-binaries.ts';
import { findProgram } from '../engines/programs.ts';

/*
 * Sees to the programs of an API server before tests: those that are there already, else those that setup-envtest
 * downloads, else a build from pinned Go modules. Without any of these tests of the operator are skipped, by name.
 */

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

function build(): boolean {
  if (!findProgram('go')) return false;
  say('building an API server from Go modules: 3 to 6 minutes, once per user');
  const { status } = spawnSync(join(import.meta.dirname, 'build'), [apiServerCache()], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return status === 0;
}

if (!findApiServerBinaries() && !askSetupEnvtest(process.env) && !build()) {
  say('Expected etcd and kube-apiserver, found none: tests that need an API server are skipped.');
  say('Install Go, or setup-envtest, or set KUBEBUILDER_ASSETS to a folder with the programs.');
}
