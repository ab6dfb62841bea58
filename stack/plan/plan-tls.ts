import type { Fault } from '../api/fault.ts';
import { parseDuration } from '../quantity/duration.ts';
import { definitionName, optionalKinds, type RequiredKind } from './optional-kinds.ts';
import type { PlanInput } from './plan-input.ts';
import type { SecretKey } from './stack-plan.ts';

/** Folder in which a container finds `tls.crt` and `tls.key` of its own, and `ca.crt`: the authorities it trusts. */
export const certificateFolder = '/etc/chatstack-tls';

/** Folder with the authority of an external server, where the author of the stack named one, as `ca.crt`. */
export const externalAuthorityFolder = (server: 'postgres' | 'redis'): string => `/etc/chatstack-${server}-ca`;

/** Name of the ConfigMap with the authorities that a stack trusts. */
export const bundleName = (stack: string): string => `${stack}-ca-bundle`;

/** Name of the Secret of a stack's authority. */
export const authorityName = (stack: string): string => `${stack}-ca`;

/** Who issues the certificates of a stack. */
export type CertificateSource = 'SelfSigned' | 'CertManager';

/** A component that others connect to. */
export type ServerComponent = 'postgres' | 'pgbouncer' | 'redis';

/** The certificate of one component. */
export interface ServerCertificate {
  readonly component: ServerComponent;
  /** Secret with the keys `tls.crt` and `tls.key`. */
  readonly secretName: string;
  readonly commonName: string;
  readonly dnsNames: readonly string[];
}

/** How the components of a stack encrypt what they say to each other. Times in seconds. */
export interface TlsPlan {
  readonly source: CertificateSource;
  /** cert-manager's issuer; unset: one made for the stack. */
  readonly issuer?: { readonly kind: string; readonly name: string };
  /** Secret of the authority: `ca.crt` (whom the stack trusts) and, where it issues itself, its keys. No pod sees it. */
  readonly authorityName: string;
  /** ConfigMap with `ca.crt` alone, which pods see. */
  readonly bundleName: string;
  readonly certificates: readonly ServerCertificate[];
  readonly duration: number;
  readonly renewBefore: number;
}

/** A connection to a server that checks its certificate, or does not. */
export interface ConnectionProtection {
  readonly mode: 'disable' | 'prefer' | 'require' | 'verify-full';
  /** File with the authorities that are trusted; verify-full alone. */
  readonly caFile?: string;
}

/** The Secret or ConfigMap key of an author's authority that a container mounts. */
export interface ExternalAuthority {
  readonly server: 'postgres' | 'redis';
  readonly secret: SecretKey;
}

const seconds = (text: string): number => {
  const parsed = parseDuration(text);
  if (parsed === undefined) throw new RangeError(`expected a duration such as 2160h, found "${text}"`);
  return parsed;
};

/** Every form in which pods of the cluster may name a Service. */
const hostNames = (service: string, namespace: string): readonly string[] =>
  ['', `.${namespace}`, `.${namespace}.svc`, `.${namespace}.svc.cluster.local`].map((domain) => `${service}${domain}`);

/** What is made on a machine or in compose talks over the loopback address or a private bridge, and stays as it is. */
const isWanted = ({ spec, placement }: PlanInput): boolean =>
  placement.kind === 'kubernetes' && spec.tls.mode !== 'Disabled';

/**
 * Who issues. Automatic: cert-manager where the cluster serves it when the stack is made; what was chosen then stays, so that nothing
 * changes when cert-manager comes or goes.
 */
const sourceOf = ({ spec, observed }: PlanInput): CertificateSource => {
  if (spec.tls.mode === 'SelfSigned' || spec.tls.mode === 'CertManager') return spec.tls.mode;
  if (observed?.certificateSource !== undefined) return observed.certificateSource;
  const served = observed?.definitions ?? new Set();
  const needed = [optionalKinds.certificate, optionalKinds.issuer];
  return needed.every((kind) => served.has(definitionName(kind))) ? 'CertManager' : 'SelfSigned';
};

/** Plans the certificates of a stack; `undefined` where its components do not encrypt. */
export const planTls = (
  input: PlanInput,
): { readonly plan: TlsPlan | undefined; readonly faults: readonly Fault[] } => {
  if (!isWanted(input)) return { plan: undefined, faults: [] };
  const { spec, name, namespace = 'default' } = input;
  const [duration, renewBefore] = [seconds(spec.tls.duration), seconds(spec.tls.renewBefore)];
  const components: readonly ServerComponent[] = [
    ...(spec.postgres.mode === 'Managed' ? (['postgres'] as const) : []),
    ...(input.placement.pgbouncer.runs ? (['pgbouncer'] as const) : []),
    ...(spec.redis.mode === 'Managed' ? (['redis'] as const) : []),
  ];
  const plan: TlsPlan = {
    source: sourceOf(input),
    ...(spec.tls.issuerRef === undefined ? {} : { issuer: spec.tls.issuerRef }),
    authorityName: authorityName(name),
    bundleName: bundleName(name),
    certificates: components.map((component) => ({
      component,
      secretName: `${name}-${component}-tls`,
      commonName: `${name}-${component}`,
      dnsNames: hostNames(`${name}-${component}`, namespace),
    })),
    duration,
    renewBefore,
  };
  if (renewBefore < duration) return { plan, faults: [] };
  const fault = {
    path: 'spec.tls.renewBefore',
    expected: `less than spec.tls.duration (${spec.tls.duration})`,
    found: spec.tls.renewBefore,
    remedy: 'lower it or raise the duration: certificates would be replaced without end',
  };
  return { plan, faults: [fault] };
};

/** The kinds that the certificates of a stack need. */
export const kindsOfTls = (plan: TlsPlan | undefined): readonly RequiredKind[] => {
  if (plan?.source !== 'CertManager') return [];
  const certificate = { field: 'spec.tls.mode', kind: optionalKinds.certificate };
  return plan.issuer === undefined ? [certificate, { ...certificate, kind: optionalKinds.issuer }] : [certificate];
};

/** How clients are to connect to a server of the stack. */
export const protectionOf = (plan: TlsPlan | undefined): ConnectionProtection =>
  plan === undefined ? { mode: 'disable' } : { mode: 'verify-full', caFile: `${certificateFolder}/ca.crt` };

/** How they are to connect to the Postgres of the stack, or to the external one. */
export const postgresProtection = ({ spec }: PlanInput, plan: TlsPlan | undefined): ConnectionProtection => {
  // CloudNativePG always encrypts, with an authority of its own.
  if (spec.postgres.mode === 'CloudNativePG')
    return plan === undefined
      ? { mode: 'prefer' }
      : { mode: 'verify-full', caFile: `${externalAuthorityFolder('postgres')}/ca.crt` };
  const external = spec.postgres.external?.tls;
  if (external === undefined) return protectionOf(plan);
  const modes = { Disable: 'disable', Prefer: 'prefer', Require: 'require', VerifyFull: 'verify-full' } as const;
  return external.caSecretRef === undefined
    ? { mode: modes[external.mode] }
    : { mode: modes[external.mode], caFile: `${externalAuthorityFolder('postgres')}/ca.crt` };
};

/** How they are to connect to an external Redis: one that encrypts has its certificate checked. */
export const redisProtection = ({
  enabled,
  caSecretRef,
}: NonNullable<PlanInput['spec']['redis']['external']>['tls']): ConnectionProtection => {
  if (!enabled) return { mode: 'disable' };
  return caSecretRef === undefined
    ? { mode: 'verify-full' }
    : { mode: 'verify-full', caFile: `${externalAuthorityFolder('redis')}/ca.crt` };
};

/** The authorities of servers that somebody else runs: those that the author of the stack named, and that of CloudNativePG. */
export const externalAuthorities = (
  { name, spec }: PlanInput,
  plan: TlsPlan | undefined,
): readonly ExternalAuthority[] => [
  ...(spec.postgres.mode === 'CloudNativePG' && plan !== undefined
    ? [{ server: 'postgres', secret: { name: `${name}-postgres-ca`, key: 'ca.crt' } } as const]
    : []),
  ...(spec.postgres.external?.tls.caSecretRef === undefined
    ? []
    : [{ server: 'postgres', secret: spec.postgres.external.tls.caSecretRef } as const]),
  ...(spec.redis.external?.tls.caSecretRef === undefined
    ? []
    : [{ server: 'redis', secret: spec.redis.external.tls.caSecretRef } as const]),
];
