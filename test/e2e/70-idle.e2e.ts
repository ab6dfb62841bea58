import { setTimeout as elapse } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { readContext, stackNamespace } from './context.ts';
import { recordFigure } from './figures.ts';
import { inNamespace } from './kubectl.ts';
import { parseMetrics, sumOf, writesByMethod } from './metric-samples.ts';
import { RELEASE } from './operator-release.ts';
import { serviceUrls } from './service-proxy.ts';
import { ensureStack, podsOf, selectorOf } from './stack.ts';

const context = readContext();
const namespace = stackNamespace(context);
const metricsUrl = `${serviceUrls(context.proxyUrl)(context.operatorNamespace, `${RELEASE}-metrics`, 9464)}/metrics`;

/** Without a write of anybody for this long, in seconds, an earlier change is over; pods of before take a while to end. */
const SETTLED_SECONDS = 10;

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

describe('an unchanged stack', () => {
  test('is not written to', async () => {
    let before = await countWrites();
    let versionsBefore = await versions();
    for (let wait = 0; wait < 90; wait += SETTLED_SECONDS) {
      await elapse(SETTLED_SECONDS * 1000);
      const now = await countWrites();
      const versionsNow = await versions();
      const isSettled = sumOf(now) === sumOf(before) && versionsNow.join() === versionsBefore.join();
      before = now;
      versionsBefore = versionsNow;
      if (isSettled) break;
    }
    await elapse(context.idleSeconds * 1000); // the time that is measured
    const after = await countWrites();
    const writes = sumOf(after) - sumOf(before);
    recordFigure(context.figuresFile, {
      what: `writes by the operator on an unchanged stack over ${context.idleSeconds} s`,
      target: '0',
      measured: `${writes} (before: ${JSON.stringify(before)})`,
      met: writes === 0,
    });
    expect(sumOf(before)).toBeGreaterThan(0);
    expect(after).toEqual(before);
    expect(await versions()).toEqual(versionsBefore);
  }, 500_000);
});

describe('memory', () => {
  /** Resident memory of a container's first process, in MiB. */
  async function residentMebibytes(where: string, target: string): Promise<number> {
    const read = "process.stdout.write(require('node:fs').readFileSync('/proc/1/status'))";
    const status = await inNamespace(where).exec(target, ['node', '-e', read]); // the images have no cat
    return Number(status.match(/^VmRSS:\s+(\d+) kB$/m)?.[1]) / 1024;
  }

  function record(what: string, limit: number, mebibytes: number): void {
    const [target, measured] = [`≤ ${limit} MiB`, `${mebibytes.toFixed(0)} MiB`];
    recordFigure(context.figuresFile, { what, target, measured, met: mebibytes <= limit });
    expect(mebibytes).toBeLessThanOrEqual(limit);
  }

  test('of the operator stays within 120 MiB', async () => {
    record('memory of the operator', 120, await residentMebibytes(context.operatorNamespace, `deploy/${RELEASE}`));
  });

  test('of an idle service process stays within 150 MiB', async () => {
    const pods = await podsOf(context, 'service');
    const sizes = await Promise.all(
      pods.map(({ metadata }) => residentMebibytes(namespace.name, `pod/${metadata.name}`)),
    );
    record('memory of an idle service process', 150, Math.max(...sizes));
  });
});
