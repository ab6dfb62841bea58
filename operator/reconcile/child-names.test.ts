import { readdirSync, readFileSync } from 'node:fs';
import { parseChatStackSpec } from '@chatstack/stack/api/chat-stack.ts';
import { defaultImages } from '@chatstack/stack/plan/images.ts';
import { kubernetesPlacement } from '@chatstack/stack/plan/placement.ts';
import { planStack } from '@chatstack/stack/plan/plan-stack.ts';
import { listObjects } from '@chatstack/stack/render/kubernetes/manifest.ts';
import { renderKubernetes } from '@chatstack/stack/render/kubernetes/render-kubernetes.ts';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { recordKey } from './stack-record.ts';

const everyMode = {
  redis: { mode: 'External', external: { host: 'redis' } },
  service: {
    autoscaling: { minReplicas: 2, maxReplicas: 4 },
    ingress: { host: 'chat.example.com', className: 'nginx' },
  },
};

/** What follows `<stack>` in the names of a stack's objects, of every kind. */
function listSuffixes(spec: unknown): string[] {
  const parsed = parseChatStackSpec(spec);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  const name = 'x';
  const placement = kubernetesPlacement(name);
  const planned = planStack({ name, namespace: 'chat', spec: parsed.spec, placement, images: defaultImages });
  if (!planned.ok) throw new Error(JSON.stringify(planned.faults));
  const objects = listObjects(renderKubernetes(planned.plan, { namespace: 'chat', credentialsRevision: '' }));
  const stack = { apiVersion: '', kind: '', metadata: { name } };
  const names = [...objects.map(({ metadata }) => metadata.name), planned.plan.credentialsName, recordKey(stack).name];
  names.push(...(planned.plan.monitoring === undefined ? [] : [planned.plan.monitoring.credentialsName]));
  expect(names.filter((each) => !each.startsWith('x-'))).toEqual([]);
  return names.map((each) => each.slice(1));
}

const suffixes = (): string[] => {
  const examples = readdirSync(new URL('../../examples/', import.meta.url)).filter((file) => file.endsWith('.yaml'));
  const specs = examples.map(
    (file) => parse(readFileSync(new URL(`../../examples/${file}`, import.meta.url), 'utf8')).spec as unknown,
  );
  return [...new Set([...specs, everyMode].flatMap(listSuffixes))];
};

// Stack `a` has a child `a-postgres-headless`. If stacks had a child `…-headless` too, that of a stack `a-postgres` would be the same.
test('no object of a stack can have the name of an object of another stack, whatever the stacks are called', () => {
  const all = suffixes();
  expect(all).toEqual(expect.arrayContaining(['-postgres-headless', '-credentials', '-plan', '-service']));
  const clashes = all.flatMap((each) =>
    all
      .filter((other) => other !== each && each.endsWith(other))
      .map((other) => `x${each} = (x${each.slice(0, -other.length)})${other}`),
  );
  expect(clashes).toEqual([]);
});
