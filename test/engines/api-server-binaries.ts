import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from './cache-folder.ts';
import { findProgram } from './programs.ts';

/** The Kubernetes version that test/api-server pins and builds, such as `1.36.3`. */
function readPinnedVersion(): string {
  const file = join(import.meta.dirname, '../api-server/kubernetes/go.mod');
  const version = /^require k8s\.io\/kubernetes v(\S+)$/m.exec(readFileSync(file, 'utf8'))?.[1];
  if (version) return version;
  throw new Error(`Expected a line "require k8s.io/kubernetes v…" in ${file}, found none.`);
}

/** A folder with `etcd` and `kube-apiserver` (most have `kubectl` too), and which way it was found. */
export type ApiServerBinaries = { readonly folder: string; readonly source: string };

/** Where test/api-server/build puts its programs. */
export function apiServerCache(env: NodeJS.ProcessEnv = process.env): string {
  return join(cacheFolder(env), `api-server-${readPinnedVersion()}`);
}

/**
 * The programs of an API server: those of KUBEBUILDER_ASSETS, of the project's cache, or those that
 * setup-envtest has installed already. Nothing is downloaded. Undefined when there are none.
 */
export function findApiServerBinaries(env: NodeJS.ProcessEnv = process.env): ApiServerBinaries | undefined {
  const assets = env.KUBEBUILDER_ASSETS;
  if (assets) {
    if (isComplete(assets)) return { folder: assets, source: 'KUBEBUILDER_ASSETS' };
    throw new Error(
      `Expected etcd and kube-apiserver in KUBEBUILDER_ASSETS (${assets}), but they are not all there. Correct the variable or unset it.`,
    );
  }
  const cache = apiServerCache(env);
  if (isComplete(cache)) return { folder: cache, source: 'cache' };
  return askSetupEnvtest(env, ['-i']);
}

/** Asks setup-envtest for programs; without `-i` among the arguments it may download them. Undefined when it is absent or fails. */
export function askSetupEnvtest(env: NodeJS.ProcessEnv, args: readonly string[] = []): ApiServerBinaries | undefined {
  const program = findProgram('setup-envtest', env.PATH);
  if (!program) return undefined;
  const { status, stdout } = spawnSync(program, ['use', ...args, '-p', 'path'], { encoding: 'utf8', env });
  const folder = stdout?.trim();
  return status === 0 && folder && isComplete(folder) ? { folder, source: 'setup-envtest' } : undefined;
}

function isComplete(folder: string): boolean {
  return ['etcd', 'kube-apiserver'].every((name) => findProgram(name, folder)?.startsWith(folder));
}
