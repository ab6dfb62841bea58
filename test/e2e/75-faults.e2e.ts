import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { chooseFaults } from '../faults/catalogue/all-faults.ts';
import type { Fault } from '../faults/fault.ts';
import { type NodeShell, startNodeShell } from '../faults/node-shell.ts';
import { formatRun } from '../faults/report/table.ts';
import { runFault } from '../faults/run-fault.ts';
import type { Scene } from '../faults/scene.ts';
import { readContext, stackNamespace } from './context.ts';
import { inNamespace } from './kubectl.ts';
import { loadThroughProxy } from './proxied-load.ts';
import { ensureStack } from './stack.ts';
import { tell } from './tell.ts';

const context = readContext();

let nodes: NodeShell;
let scene: Scene;
beforeAll(async () => {
  await ensureStack(context);
  nodes = await startNodeShell(`${context.stackNamespace}-nodes`);
  const { operatorImage: operator, serviceImage: service, otherServiceImage: otherService } = context;
  scene = {
    place: context,
    namespace: stackNamespace(context),
    operator: inNamespace(context.operatorNamespace),
    nodes,
    images: { operator, service, otherService },
  };
});
afterAll(() => nodes?.remove());

/** A few of the many that `make faults` does. */
const faults = chooseFaults(['kill Redis', 'kill pooler 1', 'kill service pod 1', 'kill Postgres']);

test.each(faults.map((fault) => [fault.name, fault] as const))(
  '%s: the stack comes back by itself, and every acknowledged message is there once, in order',
  async (_, fault: Fault) => {
    const run = await runFault(scene, fault, loadThroughProxy(context));
    tell(formatRun(run, false));
    expect(run.void).toBeUndefined();
    expect(run.recovery).toBeDefined();
    expect(run.violations).toEqual([]);
    expect(run.acknowledged).toBeGreaterThan(10);
  },
);
