import type { ChatStackSpec } from '@chatstack/stack/api/chat-stack.ts';
import { parseChatStackSpec } from '@chatstack/stack/api/chat-stack.ts';
import type { Fault } from '@chatstack/stack/api/fault.ts';
import { type Ports, standardPorts } from '@chatstack/stack/plan/placement.ts';
import { maxNameLength, namePattern } from '@chatstack/stack/plan/plan-input.ts';
import { z } from 'zod';

/** What `make run` takes from a manifest and the environment. */
export type LocalManifest = { readonly name: string; readonly spec: ChatStackSpec; readonly ports: Ports };

/** Names of the ports, in the order in which people meet them. */
const purposes = Object.keys(standardPorts) as (keyof Ports)[];

/** The variable that moves a port, for this start. */
export const portVariable = (purpose: keyof Ports): string => `CHATSTACK_${purpose.toUpperCase()}_PORT`;

/** The annotation of the manifest that moves a port for good; a cluster ignores it. */
export const portAnnotation = (purpose: keyof Ports): string => `chatstack.dev/local-${purpose}-port`;

const envelope = z.object({
  apiVersion: z.literal('chatstack.dev/v1alpha1'),
  kind: z.literal('ChatStack'),
  metadata: z.object({
    name: z.string().max(maxNameLength).regex(new RegExp(namePattern)),
    annotations: z.record(z.string(), z.string()).default({}),
  }),
  spec: z.unknown(),
});

/**
 * Reads a manifest for this machine: the ports come from the environment, else from annotations, else they are the
 * standard ones. Answers every fault at once.
 */
export const parseLocalManifest = (
  manifest: unknown,
  env: { readonly [name: string]: string | undefined },
): { readonly ok: true; readonly manifest: LocalManifest } | { readonly ok: false; readonly faults: Fault[] } => {
  const read = envelope.safeParse(manifest);
  if (!read.success) return { ok: false, faults: read.error.issues.map(faultOfIssue) };
  const { metadata, spec } = read.data;
  const parsed = parseChatStackSpec(spec ?? {});
  const { ports, faults } = readPorts(metadata.annotations, env);
  const all = [...faults, ...(parsed.ok ? [] : parsed.faults)];
  if (!parsed.ok || all.length > 0) return { ok: false, faults: all };
  const { env: variables, auth } = parsed.spec.service;
  const secrets = [
    ...(auth.secretRef ? [secretFault('auth.secretRef')] : []),
    ...variables.flatMap(({ valueFrom }, index) => (valueFrom ? [secretFault(`env[${index}].valueFrom`)] : [])),
  ];
  if (secrets.length > 0) return { ok: false, faults: secrets };
  if (parsed.spec.redis.mode !== 'Managed') return { ok: false, faults: [redisFault(parsed.spec.redis.mode)] };
  if (parsed.spec.postgres.mode !== 'Managed') return { ok: false, faults: [modeFault(parsed.spec.postgres.mode)] };
  return { ok: true, manifest: { name: metadata.name, spec: parsed.spec, ports } };
};

const faultOfIssue = (issue: z.core.$ZodIssue): Fault => ({
  path: issue.path.join('.') || 'the file',
  expected: 'a ChatStack manifest (apiVersion chatstack.dev/v1alpha1, kind ChatStack, metadata.name, spec)',
  found: issue.message,
  remedy: 'compare it with examples/local.yaml',
});

const modeFault = (mode: string): Fault => ({
  path: 'spec.postgres.mode',
  expected: 'Managed on a single machine, where neither Secrets nor other operators are to be had',
  found: mode,
  remedy: 'leave the field out, or apply the manifest to a cluster',
});

const redisFault = (mode: string): Fault => ({
  path: 'spec.redis.mode',
  expected: 'Managed on a single machine, where no Secret of an external Redis is to be had',
  found: mode,
  remedy: 'leave the field out, or apply the manifest to a cluster',
});

const secretFault = (field: string): Fault => ({
  path: `spec.service.${field}`,
  expected: 'a value on a single machine, where no Secret is to be had',
  found: 'a reference to a Secret',
  remedy: 'write the value into spec.service.env of a manifest of your own, or apply this one to a cluster',
});

const readPorts = (
  annotations: Record<string, string>,
  env: { readonly [name: string]: string | undefined },
): { ports: Ports; faults: Fault[] } => {
  const ports: { -readonly [purpose in keyof Ports]: number } = { ...standardPorts };
  const faults: Fault[] = [];
  const moved = new Map<keyof Ports, string>();
  for (const purpose of purposes) {
    const variable = portVariable(purpose);
    const [path, text] = env[variable]
      ? [variable, env[variable]]
      : [`metadata.annotations.${portAnnotation(purpose)}`, annotations[portAnnotation(purpose)]];
    if (text === undefined) continue;
    const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
    if (port < 1 || port > 65535)
      faults.push({ path, expected: 'a port from 1 to 65535', found: JSON.stringify(text), remedy: 'correct it' });
    else ports[purpose] = port;
    moved.set(purpose, path);
  }
  for (const [purpose, path] of moved) {
    const port = ports[purpose];
    const other = purposes.find((each) => each !== purpose && ports[each] === port);
    if (other)
      faults.push({
        path,
        expected: 'a port of its own',
        found: `${port}, that of ${other}`,
        remedy: 'choose another',
      });
  }
  return { ports, faults };
};
