import { join } from 'node:path';
import { findProgram } from '../engines/programs.ts';
import { CommandError, run } from './command.ts';
import { kubectl } from './kubectl.ts';

/** Something this machine or the cluster lacks, with what to do about it. */
export class PrerequisiteError extends Error {
  override readonly name = 'PrerequisiteError';
}

/** Where the programs are that the run needs. */
export type Prerequisites = { helm: string; cluster: string };

/** Builds the pinned Helm where none is installed. */
const SET_UP_HELM = join(import.meta.dirname, '../set-up/helm');

/**
 * Finds every program and the cluster, or throws PrerequisiteError. Refuses a cluster that has ChatStacks outside of
 * the namespaces of this test (`ownNamespace`): the operator under test would take them over.
 */
export async function checkPrerequisites(ownNamespace: string): Promise<Prerequisites> {
  await demand('kubectl', ['version', '--client'], 'Install kubectl: https://kubernetes.io/docs/tasks/tools/');
  await demand('docker', ['version'], 'Start a Docker engine, or set DOCKER_HOST to the one to build images with.');
  const cluster = await checkCluster();
  await refuseForeignStacks(ownNamespace);
  return { helm: await findHelm(), cluster };
}

async function demand(program: string, args: string[], remedy: string): Promise<void> {
  try {
    await run(program, args);
  } catch (error) {
    throw new PrerequisiteError(
      `expected "${program} ${args.join(' ')}" to work, found: ${lastLine(error)}\n${remedy}`,
    );
  }
}

async function checkCluster(): Promise<string> {
  try {
    await kubectl(['get', '--raw', '/readyz'], { timeoutSeconds: 60 });
    const { stdout } = await kubectl(['config', 'view', '--minify', '-o', 'jsonpath={.clusters[0].cluster.server}']);
    return stdout;
  } catch (error) {
    const where = process.env.KUBECONFIG ? `KUBECONFIG=${process.env.KUBECONFIG}` : 'KUBECONFIG is not set';
    throw new PrerequisiteError(
      `expected a cluster that answers (${where}), found: ${lastLine(error)}\nStart one, for example: kind create cluster`,
    );
  }
}

async function refuseForeignStacks(ownNamespace: string): Promise<void> {
  const { stdout: crds } = await kubectl(['get', 'crd', '-o', 'name']);
  if (!crds.includes('/chatstacks.chatstack.dev\n')) return;
  const columns = 'jsonpath={range .items[*]}{.metadata.namespace}/{.metadata.name}{"\\n"}{end}';
  const { stdout } = await kubectl(['get', 'chatstacks', '-A', '-o', columns]);
  const foreign = stdout.split('\n').filter((stack) => stack !== '' && !stack.startsWith(ownNamespace));
  if (foreign.length === 0 || process.env.E2E_FORCE === '1') return;
  throw new PrerequisiteError(
    `expected a cluster without other ChatStacks, found ${foreign.join(', ')}\n` +
      'The operator under test would reconcile them: use another cluster, or set E2E_FORCE=1.',
  );
}

/** Helm of the PATH or of the user's cache, where set-up builds it. */
async function findHelm(): Promise<string> {
  if (!findProgram('helm')) await run(SET_UP_HELM, [], { timeoutSeconds: 900, loud: true });
  const helm = findProgram('helm');
  if (helm) return helm;
  throw new PrerequisiteError(
    'expected helm on the PATH or Go to build it with, found neither\nInstall Helm: https://helm.sh/docs/intro/install/',
  );
}

function lastLine(error: unknown): string {
  const text = error instanceof CommandError ? error.stderr || error.message : String(error);
  return text.trim().split('\n').at(-1) ?? '';
}
