import { beforeAll, describe, expect, test } from '@jest/globals';
import { readContext, stackNamespace } from './context.ts';
import { recordFigure } from './figures.ts';
import { buildStack, clientOf, ensureStack, installFixtures, readAll, selectorOf, waitForReady } from './stack.ts';
import { waitUntil } from './watch.ts';

const context = readContext();
const namespace = stackNamespace(context);

beforeAll(async () => {
  await ensureStack(context);
  await installFixtures(context);
});

const children = 'deployments,statefulsets,services,configmaps,jobs,poddisruptionbudgets,pods';

async function deleteStack(): Promise<void> {
  await namespace.kubectl(['delete', 'chatstack', context.stackName, '--timeout=180s']);
  for (const resource of children.split(',')) {
    const target = { namespace, resource, selector: selectorOf(context) };
    await waitUntil(`no ${resource} of the stack`, target, (objects) => objects.length === 0);
  }
}

/** What outlives the stack: no certificates, and not the passwords of those that measure it, which open nothing that does. */
const kept = async () => {
  const objects = await namespace.list('persistentvolumeclaims,secrets', selectorOf(context));
  const outliving = objects.filter(({ metadata }) => metadata.ownerReferences === undefined);
  return outliving.map(({ kind, metadata }) => [kind, metadata.name, metadata.uid]);
};

describe('a deleted stack', () => {
  test('leaves volume and credentials, and applied again it has its messages', async () => {
    await clientOf(context).send({ conversationId: 'conv-1', content: 'Written before the stack was deleted.' });
    const before = await readAll(clientOf(context), 'conv-1');
    const keptBefore = await kept();
    await deleteStack();
    expect(await kept()).toEqual(keptBefore);
    expect(keptBefore.map(([, name]) => name).sort()).toEqual(
      ['credentials', 'postgres', 'prometheus'].map((each) => `${context.stackName}-${each}`),
    );

    const startedAt = Date.now();
    await namespace.apply(buildStack(context.stackName));
    await waitForReady(context);
    const seconds = (Date.now() - startedAt) / 1000;
    recordFigure(context.figuresFile, {
      what: 'apply of a deleted stack to Ready, on its old volume',
      target: '≤ 60 s',
      measured: `${seconds.toFixed(1)} s`,
      met: seconds <= 60,
    });
    expect(await kept()).toEqual(keptBefore);
    expect(await readAll(clientOf(context), 'conv-1')).toEqual(before);
  });

  test('takes volume and credentials along when it says so', async () => {
    await namespace.patch('chatstack', context.stackName, { spec: { deletionPolicy: 'Delete' } });
    await waitForReady(context);
    await deleteStack();
    for (const resource of ['persistentvolumeclaims', 'secrets']) {
      const target = { namespace, resource, selector: selectorOf(context) };
      await waitUntil(`no ${resource} of the stack`, target, (objects) => objects.length === 0);
    }
  });
});
