import { z } from 'zod';

const emptyIsUnset = (value: unknown): unknown =>
  typeof value === 'string' && value.trim() === '' ? undefined : value;

const optionalText = z.preprocess(emptyIsUnset, z.string().trim().max(1024).optional());

const wholeNumber = (minimum: number, maximum: number, fallback: number) =>
  z.preprocess(emptyIsUnset, z.coerce.number().int().min(minimum).max(maximum).default(fallback));

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
  return Object.freeze({
    watchNamespace: data.WATCH_NAMESPACE,
    serviceImage: data.SERVICE_IMAGE,
    development: data.DEVELOPMENT,
    metricsPort: data.METRICS_PORT,
    workers: data.WORKERS,
    leaderElectionLease: data.LEADER_ELECTION_LEASE,
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
