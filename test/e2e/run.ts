import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { keepFailures } from '../run/failures.ts';
import { CONTEXT_VARIABLE, type EndToEndContext } from './context.ts';
import { printDiagnostics } from './diagnostics.ts';
import { formatFigures, readFigures } from './figures.ts';
import { type BuiltImages, buildImages, loadImages } from './images.ts';
import { kubectl } from './kubectl.ts';
import { installOperator, removeOperator } from './operator-release.ts';
import { checkPrerequisites, PrerequisiteError } from './prerequisites.ts';
import type { Outcome } from './reporter.ts';
import { startServiceProxy } from './service-proxy.ts';

const USAGE = `npm run e2e [-- PATTERN…]    (or: make e2e)

Tests the project on the cluster of KUBECONFIG: builds the images, installs the chart, applies a stack and talks to it.
PATTERN chooses test files by name, for example "pool".

  LOAD_IMAGE         shell command that brings images to the nodes (default: kind load docker-image); when it is set,
                     the images of Postgres, PgBouncer and Redis are brought too
  E2E_IDLE_SECONDS   how long an unchanged stack is watched for writes (default 60)
  E2E_KEEP=1         leave the stack and the operator where they are
  E2E_FORCE=1        run although the cluster has other ChatStacks`;

const OPERATOR_NAMESPACE = 'chatstack-system';
const STACK_NAMESPACE = 'chatstack-e2e';

const root = fileURLToPath(new URL('../..', import.meta.url));

process.exitCode = await main(process.argv.slice(2));

/** 0 when every test passed, 1 when one failed, 2 when the tests could not begin. */
async function main(patterns: string[]): Promise<number> {
  if (patterns.includes('--help')) {
    console.log(USAGE);
    return 0;
  }
  const folder = await mkdtemp(`${tmpdir()}/chatstack-e2e-`);
  try {
    return await runOnCluster(patterns, folder);
  } catch (error) {
    if (!(error instanceof PrerequisiteError)) throw error;
    giveUp('e2e could not begin', error);
    return 2;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function runOnCluster(patterns: string[], folder: string): Promise<number> {
  const { helm, cluster } = await step('prerequisites', () => checkPrerequisites(STACK_NAMESPACE));
  console.log(`cluster: ${cluster}`);
  const images = await step('images from the Dockerfiles', () => buildImages(root));
  const load = process.env.LOAD_IMAGE;
  await step('images to the nodes', () => loadImages(load || 'kind load docker-image', images, Boolean(load)));

  const release: Release = { keepCrd: true };
  const code = await testRelease(patterns, { helm, images, folder, release });
  if (process.env.E2E_KEEP === '1') {
    console.log(`\nkept: namespaces ${STACK_NAMESPACE} and ${OPERATOR_NAMESPACE}`);
    return code;
  }
  try {
    await step('clean-up', () => cleanUp(helm, release.keepCrd));
    return code;
  } catch (error) {
    // something holds on to what the run made: that is a failure of its own
    giveUp('e2e: clean-up', error as Error);
    return 1;
  }
}

/** What the clean-up must know: whether the CRD was there before this run. */
type Release = { keepCrd: boolean };

type Setup = { helm: string; images: BuiltImages; folder: string; release: Release };

/** Installs the chart and runs the tests. Never throws: a failure is told with the state of the cluster beside it. */
async function testRelease(patterns: string[], { helm, images, folder, release }: Setup): Promise<number> {
  try {
    const installed = await step('chart', () => installOperator(helm, root, OPERATOR_NAMESPACE, images));
    release.keepCrd = installed.crdWasThere;
    const proxy = await startServiceProxy();
    try {
      return await runTests(patterns, {
        operatorNamespace: OPERATOR_NAMESPACE,
        stackNamespace: STACK_NAMESPACE,
        stackName: 'acme',
        operatorImage: images.operator,
        serviceImage: images.service,
        otherServiceImage: images.otherService,
        proxyUrl: `http://${proxy.process.matched[1]}`,
        figuresFile: `${folder}/figures`,
        outcomeFile: `${folder}/outcome.json`,
        idleSeconds: Number(process.env.E2E_IDLE_SECONDS || 60),
      });
    } finally {
      await proxy.process.stop();
    }
  } catch (error) {
    giveUp('e2e', error as Error);
    printDiagnostics({ operatorNamespace: OPERATOR_NAMESPACE, stackNamespace: STACK_NAMESPACE });
    return 1;
  }
}

/** Runs the test files one after the other in a process of their own, and prints figures and counts. */
async function runTests(patterns: string[], context: EndToEndContext): Promise<number> {
  const jest = join(dirname(createRequire(import.meta.url).resolve('jest/package.json')), 'bin/jest.js');
  const args = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', jest];
  const config = fileURLToPath(new URL('jest.config.json', import.meta.url));
  const child = spawn(process.execPath, [...args, '--config', config, '--runInBand', ...patterns], {
    stdio: 'inherit',
    cwd: root,
    env: { ...process.env, [CONTEXT_VARIABLE]: JSON.stringify(context) },
  });
  const stop = (signal: NodeJS.Signals) => void child.kill(signal); // and then clean up
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const [code] = (await once(child, 'exit')) as [number | null];
  process.off('SIGINT', stop).off('SIGTERM', stop);

  const figures = readFigures(context.figuresFile);
  console.log(`\n${formatFigures(figures)}`);
  if (!existsSync(context.outcomeFile)) throw new Error('the tests were stopped before their end');
  const { passed, failures, skipped } = JSON.parse(await readFile(context.outcomeFile, 'utf8')) as Outcome;
  keepFailures(failures);
  process.once('exit', () => console.log(`\n${passed} passed, ${failures.length} failed, ${skipped} skipped`));
  return code === 0 && failures.length === 0 && passed > 0 ? 0 : 1;
}

function giveUp(name: string, { message }: Error): void {
  console.error(`\n${name}: ${message}`);
  keepFailures([{ name, message }]);
}

async function cleanUp(helm: string, keepCrd: boolean): Promise<void> {
  const all = ['delete', 'chatstacks', '--all', '-n', STACK_NAMESPACE, '--ignore-not-found', '--timeout=180s'];
  await kubectl(all);
  const namespace = ['delete', 'namespace', STACK_NAMESPACE, '--ignore-not-found', '--timeout=180s'];
  await kubectl(namespace);
  await removeOperator(helm, OPERATOR_NAMESPACE, keepCrd);
}

async function step<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
  const started = performance.now();
  const result = await work();
  console.log(`${what}: ${((performance.now() - started) / 1000).toFixed(1)} s`);
  return result;
}
