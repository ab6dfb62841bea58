import type { OperatorPods } from '@chatstack/stack/render/kubernetes/manifest.ts';
import { z } from 'zod';

const emptyIsUnset = (value: unknown): unknown =>
  typeof value === 'string' && value.trim() === '' ? undefined : value;

const optionalText = z.preprocess(emptyIsUnset, z.string().trim().max(1024).optional());

const wholeNumber = (minimum: number, maximum: number, fallback: number) =>
  z.preprocess(emptyIsUnset, z.coerce.number().int().min(minimum).max(maximum).default(fallback));

const podLabels = z
  .string()
  .regex(/^[-._/A-Za-z0-9]+=[-._A-Za-z0-9]*(,[-._/A-Za-z0-9]+=[-._A-Za-z0-9]*)*$/, 'expected labels such as a=b,c=d')
  .transform((text) => Object.fromEntries(text.split(',').map((pair) => pair.split('=') as [string, string])));

const schema = z.object({
  WATCH_NAMESPACE: z.preprocess(
    emptyIsUnset,
    z
      .string()
      .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'expected the name of one namespace, or nothing for all')
      .optional(),
  ),
  SERVICE_IMAGE: optionalText,
  DEVELOPMENT: z.preprocess(
    emptyIsUnset,
    z
      .enum(['true', 'false'])
      .default('false')
      .transform((value) => value === 'true'),
  ),
  METRICS_PORT: wholeNumber(0, 65535, 9464),
  WORKERS: wholeNumber(1, 64, 4),
  LEADER_ELECTION_LEASE: z.preprocess(
    emptyIsUnset,
    z
      .string()
      .regex(/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/, 'expected the name of a Lease, or nothing for no election')
      .optional(),
  ),
  OPERATOR_NAMESPACE: optionalText,
  OPERATOR_METRICS_HOST: optionalText,
  OPERATOR_POD_LABELS: z.preprocess(emptyIsUnset, podLabels.optional()),
  LOG_LEVEL: z.preprocess(emptyIsUnset, z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal']).default('info')),
});

/** The operator's own settings, read once when it starts. */
export interface OperatorConfig {
  /** The one namespace that is watched; `undefined` watches all. */
  readonly watchNamespace: string | undefined;
  /** Image of the chat service for stacks that name none; `undefined` means the default of the plan. */
  readonly serviceImage: string | undefined;
  /** Service pods run `node --watch` on a writable file system, for changed sources to be copied into. */
  readonly development: boolean;
  /** TCP port of metrics and health; 0 lets the system choose. */
  readonly metricsPort: number;
  /** How many stacks are reconciled at the same time. */
  readonly workers: number;
  /** Lease by which several replicas choose the one that works; `undefined`: this process is the only one. */
  readonly leaderElectionLease: string | undefined;
  /** The operator's own pods, which network policies let to the admin consoles of poolers; `undefined`: it runs in no pod. */
  readonly pods: OperatorPods | undefined;
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';
}

/** The environment can't be understood; the message lists every fault, one a line. */
export class OperatorConfigError extends Error {
  override name = 'OperatorConfigError';
}

/** Reads the operator's settings from an environment. Throws `OperatorConfigError` naming all faults at once. */
export function readOperatorConfig(environment: Readonly<Record<string, string | undefined>>): OperatorConfig {
  const parsed = schema.safeParse(environment);
  if (!parsed.success) throw new OperatorConfigError(describeFaults(parsed.error, environment));
  const { data } = parsed;
  const { OPERATOR_NAMESPACE: namespace, OPERATOR_POD_LABELS: labels, OPERATOR_METRICS_HOST: host } = data;
  const metrics = host === undefined ? {} : { metrics: { host, port: data.METRICS_PORT } };
  if ((namespace === undefined) !== (labels === undefined))
    throw new OperatorConfigError(
      'The operator can not start with this environment:\n  OPERATOR_NAMESPACE, OPERATOR_POD_LABELS: expected both or none, found one; they say together where its pods are',
    );
  return Object.freeze({
    watchNamespace: data.WATCH_NAMESPACE,
    serviceImage: data.SERVICE_IMAGE,
    development: data.DEVELOPMENT,
    metricsPort: data.METRICS_PORT,
    workers: data.WORKERS,
    leaderElectionLease: data.LEADER_ELECTION_LEASE,
    pods: namespace === undefined || labels === undefined ? undefined : { namespace, podLabels: labels, ...metrics },
    logLevel: data.LOG_LEVEL,
  });
}

function describeFaults(error: z.ZodError, environment: Readonly<Record<string, string | undefined>>): string {
  const lines = error.issues.map((issue) => {
    const name = String(issue.path[0] ?? 'environment');
    return `${name}: ${issue.message}; found ${JSON.stringify(environment[name] ?? null)}`;
  });
  return ['The operator can not start with this environment:', ...lines.map((line) => `  ${line}`)].join('\n');
}
