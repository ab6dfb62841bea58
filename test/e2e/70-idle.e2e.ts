import { setTimeout as elapse } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { readContext, stackNamespace } from './context.ts';
import { recordFigure } from './figures.ts';
import { inNamespace } from './kubectl.ts';
import { parseMetrics, sumOf, writesByMethod } from './metric-samples.ts';
import { RELEASE } from './operator-release.ts';
import { serviceUrls } from './service-proxy.ts';
import { ensureStack, podsOf, selectorOf } from './stack.ts';
import { tell } from './tell.ts';
import { PATIENCE_SECONDS, watchObjects } from './watch.ts';

const context = readContext();
const namespace = stackNamespace(context);
const metricsUrl = `${serviceUrls(context.proxyUrl)(context.operatorNamespace, `${RELEASE}-metrics`, 9464)}/metrics`;

/**
 * Without a write of anybody for this long, in seconds, an earlier change is over: pods of before take a while to end, and a pooler counts as
 * available 20 s after it is ready.
 */
const SETTLED_SECONDS = 25;

beforeAll(async () => {
  await ensureStack(context);
});

async function countWrites(): Promise<Record<string, number>> {
  const answer = await fetch(metricsUrl);
  expect(answer.status).toBe(200);
  return writesByMethod(parseMetrics(await answer.text()));
}

/** Everything the operator made, by name and resource version; pods and nodes report on their own. */
async function versions(): Promise<string[]> {
  const kinds = 'deployments,statefulsets,services,configmaps,jobs,poddisruptionbudgets,secrets,persistentvolumeclaims';
  const objects = [...(await namespace.list(kinds, selectorOf(context))), ...(await namespace.list('chatstacks'))];
  return objects.map(({ kind, metadata }) => `${kind}/${metadata.name} ${metadata.resourceVersion}`);
}

type Sight = { readonly writes: Record<string, number>; readonly versions: readonly string[] };

const look = async (): Promise<Sight> => ({ writes: await countWrites(), versions: await versions() });

/** What there is after nobody has written for a while. */
async function awaitSettled(): Promise<Sight> {
  let before = await look();
  for (let wait = 0; wait < PATIENCE_SECONDS; wait += SETTLED_SECONDS) {
    await elapse(SETTLED_SECONDS * 1000);
    const now = await look();
    if (isDeepStrictEqual(now, before)) return now;
    before = now;
  }
  return before;
}

/** How often a time is measured in which pods changed: their probes may fail on a busy machine, and then a status is due. */
const TRIES = 3;

/** What there was before and after an idle time, and which pods changed meanwhile by themselves. */
async function watchIdle(): Promise<{ before: Sight; after: Sight; restless: readonly string[] }> {
  const before = await awaitSettled();
  const restless = new Set<string>();
  const target = { namespace, resource: 'pods', selector: selectorOf(context) };
  const watch = watchObjects(target, ({ type, object }) => {
    if (type !== 'ADDED') restless.add(object.metadata.name); // the pods that are there are told as added
  });
  try {
    await elapse(context.idleSeconds * 1000); // the time that is measured
    return { before, after: await look(), restless: [...restless] };
  } finally {
    await watch.stop();
  }
}

describe('an unchanged stack', () => {
  test('is not written to', async () => {
    let { before, after, restless } = await watchIdle();
    for (let tries = 1; tries < TRIES && restless.length > 0; tries += 1) {
      tell(`measured again: ${restless.join(', ')} changed meanwhile`);
      ({ before, after, restless } = await watchIdle());
    }
    const writes = sumOf(after.writes) - sumOf(before.writes);
    recordFigure(context.figuresFile, {
      what: `writes by the operator on an unchanged stack over ${context.idleSeconds} s`,
      target: '0',
      measured: `${writes} (before: ${JSON.stringify(before.writes)})`,
      met: writes === 0,
    });
    expect(sumOf(before.writes)).toBeGreaterThan(0);
    expect({ restless, ...after }).toEqual({ restless, ...before });
  });
});

describe('memory', () => {
  /** Resident memory of a container's first process, in MiB. */
  async function residentMebibytes(where: string, target: string): Promise<number> {
    const read = "process.stdout.write(require('node:fs').readFileSync('/proc/1/status'))";
    const status = await inNamespace(where).exec(target, ['node', '-e', read]); // the images have no cat
    return Number(status.match(/^VmRSS:\s+(\d+) kB$/m)?.[1]) / 1024;
  }

  /** Whether the target is met is told; what fails is growth, beyond what two measurements of one build differ by. */
  function record(what: string, { target, limit }: { target: number; limit: number }, mebibytes: number): void {
    const measured = `${mebibytes.toFixed(0)} MiB`;
    recordFigure(context.figuresFile, { what, target: `≤ ${target} MiB`, measured, met: mebibytes <= target });
    expect(mebibytes).toBeLessThanOrEqual(limit);
  }

  test('of the operator does not grow', async () => {
    record(
      'memory of the operator',
      { target: 110, limit: 125 },
      await residentMebibytes(context.operatorNamespace, `deploy/${RELEASE}`),
    );
  });

  test('of an idle service process does not grow', async () => {
    const pods = await podsOf(context, 'service');
    const sizes = await Promise.all(
      pods.map(({ metadata }) => residentMebibytes(namespace.name, `pod/${metadata.name}`)),
    );
    record('memory of an idle service process', { target: 150, limit: 160 }, Math.max(...sizes));
  });
});
