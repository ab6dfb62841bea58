import { certificateFolder, externalAuthorityFolder, type ServerComponent, type TlsPlan } from '../../plan/plan-tls.ts';
import type { StackPlan } from '../../plan/stack-plan.ts';
import { formatDuration } from '../../quantity/duration.ts';
import { buildLabels, buildMetadata, childName } from './labels.ts';
import type { Manifest, RenderOptions } from './manifest.ts';
import type { Mount } from './pod.ts';

/**
 * Owner and group read, nobody else: Postgres refuses a key that is open to more. The files belong to root and to the group of the
 * pod (fsGroup).
 */
const fileMode = 0o640;

/** The authorities of the stack; for a server its own certificate with its key as well. Nothing where a stack does not encrypt. */
export const certificateMounts = (plan: StackPlan, server?: ServerComponent): readonly Mount[] => {
  const { tls } = plan;
  if (tls === undefined) return [];
  const own = tls.certificates.find(({ component }) => component === server);
  const sources = [
    { configMap: { name: tls.bundleName, items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
    ...(own === undefined
      ? []
      : [
          {
            secret: {
              name: own.secretName,
              items: ['tls.crt', 'tls.key'].map((key) => ({ key, path: key })),
            },
          },
        ]),
  ];
  const source = { projected: { defaultMode: fileMode, sources } };
  return [{ name: 'certificates', path: certificateFolder, readOnly: true, source }];
};

/** The authority of an external server, where the stack's author named one. */
export const externalAuthorityMounts = (
  plan: StackPlan,
  ...servers: readonly ('postgres' | 'redis')[]
): readonly Mount[] =>
  plan.externalAuthorities
    .filter(({ server }) => servers.includes(server))
    .map(({ server, secret }) => ({
      name: `${server}-authority`,
      path: externalAuthorityFolder(server),
      readOnly: true,
      source: { secret: { secretName: secret.name, items: [{ key: secret.key, path: 'ca.crt' }] } },
    }));

/** The ConfigMap with the authorities that the pods of a stack trust, in PEM. */
export const buildBundle = (plan: StackPlan, options: RenderOptions, tls: TlsPlan, authorities: string): Manifest => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: buildMetadata(plan, options, { name: tls.bundleName, component: 'authority' }),
  data: { 'ca.crt': authorities },
});

const group = 'cert-manager.io/v1';

/** Names of the issuer that the operator makes for a stack, and of the Secret in which cert-manager keeps its authority. */
const ownIssuerName = (stack: string): string => childName(stack, 'ca');
/** The Secret of the authority that cert-manager makes for a stack. */
export const ownIssuerSecretName = (stack: string): string => childName(stack, 'ca-cert-manager');

/** How many times as long as a certificate its authority holds. */
export const authorityFactor = 4;

const buildCertificate = (plan: StackPlan, options: RenderOptions, name: string, spec: object): Manifest => ({
  apiVersion: group,
  kind: 'Certificate',
  metadata: buildMetadata(plan, options, { name, component: 'authority' }),
  spec: {
    privateKey: { algorithm: 'ECDSA', size: 256, rotationPolicy: 'Always' },
    // By its labels the operator's watch shows the Secret.
    secretTemplate: { labels: buildLabels(plan.name, 'authority') },
    ...spec,
  },
});

/** An authority that signs itself, and the issuer that uses it. */
const buildIssuers = (plan: StackPlan, options: RenderOptions, tls: TlsPlan): readonly Manifest[] => {
  const selfSigned = childName(plan.name, 'self-signed');
  const issuer = (name: string, spec: object): Manifest => ({
    apiVersion: group,
    kind: 'Issuer',
    metadata: buildMetadata(plan, options, { name, component: 'authority' }),
    spec,
  });
  const secretName = ownIssuerSecretName(plan.name);
  return [
    issuer(selfSigned, { selfSigned: {} }),
    buildCertificate(plan, options, ownIssuerName(plan.name), {
      isCA: true,
      commonName: ownIssuerName(plan.name),
      secretName,
      duration: formatDuration(tls.duration * authorityFactor),
      // Certificates of the former one still hold when it ends.
      renewBefore: formatDuration(tls.duration * 2),
      issuerRef: { name: selfSigned, kind: 'Issuer' },
    }),
    issuer(ownIssuerName(plan.name), { ca: { secretName } }),
  ];
};

/** Issuers and Certificates of cert-manager; none where the stack issues its certificates itself. */
export const renderCertificates = (plan: StackPlan, options: RenderOptions): readonly Manifest[] => {
  const { tls } = plan;
  if (tls?.source !== 'CertManager') return [];
  const issuerRef = tls.issuer ?? { name: ownIssuerName(plan.name), kind: 'Issuer' };
  return [
    ...(tls.issuer === undefined ? buildIssuers(plan, options, tls) : []),
    ...tls.certificates.map(({ secretName, commonName, dnsNames }) =>
      buildCertificate(plan, options, commonName, {
        secretName,
        commonName,
        dnsNames,
        duration: formatDuration(tls.duration),
        renewBefore: formatDuration(tls.renewBefore),
        usages: ['digital signature', 'server auth'],
        issuerRef,
      }),
    ),
  ];
};
