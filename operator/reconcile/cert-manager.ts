import { optionalKinds } from '@chatstack/stack/plan/optional-kinds.ts';
import type { TlsPlan } from '@chatstack/stack/plan/plan-tls.ts';
import { ownIssuerSecretName } from '@chatstack/stack/render/kubernetes/certificates.ts';
import { certificateSourceAnnotation } from '@chatstack/stack/render/kubernetes/labels.ts';
import { splitBundle, stillTrusted } from '../certificates/authority.ts';
import type { KubernetesObject } from '../runtime/object.ts';

import { optionalResource } from './child-kinds.ts';
import { distributeAuthorities } from './distribute-authorities.ts';
import { missingKeys, readSecretText } from './secrets.ts';
import { findStackSecret, ownSecret, writeStackSecret } from './stack-secrets.ts';
import type { StepResult } from './step.ts';
import { applyTogether, manifestsOf, type Work } from './work.ts';

/**
 * Has cert-manager issue the certificates, and waits for their Secrets, which carry our labels and are watched. cert-manager gives each
 * the one authority that signed it; whom the pods trust is kept here, former ones until their end, so that a new authority is trusted
 * before its first certificate comes.
 */
export async function followCertManager(work: Work, tls: TlsPlan): Promise<StepResult> {
  await applyTogether(work, manifestsOf(work).certificates);
  const secrets = tls.certificates.map(({ secretName }) => findStackSecret(work, secretName));
  const open = tls.certificates.filter((_, index) => missingKeys(secrets[index], ['tls.crt', 'tls.key']).length > 0);
  if (open.length > 0) {
    const message = open
      .map(({ commonName }) => `Certificate ${commonName}: ${describeCertificate(work, commonName)}`)
      .join('; ');
    return { kind: 'waiting', reason: 'CertificatePending', message };
  }
  const issued = [...secrets, findStackSecret(work, ownIssuerSecretName(work.plan.name))].filter(
    (secret) => secret !== undefined,
  );
  // cert-manager leaves its Secrets behind when their Certificates go.
  await Promise.all(issued.map((secret) => ownSecret(work, secret)));
  const told = issued.flatMap((secret) =>
    missingKeys(secret, ['ca.crt']).length > 0 ? [] : splitBundle(readSecretText(secret, 'ca.crt')),
  );
  if (told.length === 0) {
    return {
      kind: 'stalled',
      reason: 'AuthorityUnknown',
      message:
        `spec.tls.issuerRef: expected an issuer that tells its authority (key ca.crt in the Secrets of its certificates), found none in ` +
        `${tls.certificates.map(({ secretName }) => secretName).join(', ')}; use an issuer of kind CA or Vault, or remove issuerRef`,
    };
  }
  await distributeAuthorities(work, tls, await remember(work, tls, told));
  return { kind: 'done' };
}

/** Adds the authorities to those that are trusted already, and answers all of them. */
async function remember(work: Work, tls: TlsPlan, told: readonly string[]): Promise<string> {
  const secret = findStackSecret(work, tls.authorityName);
  const known = missingKeys(secret, ['ca.crt']).length > 0 ? '' : readSecretText(secret as KubernetesObject, 'ca.crt');
  const trusted = stillTrusted([...told, ...splitBundle(known)], work.tools.now()).join('');
  const isRecorded = secret?.metadata.annotations?.[certificateSourceAnnotation] === 'CertManager';
  if (trusted !== known || !isRecorded) {
    const annotations = { [certificateSourceAnnotation]: 'CertManager' };
    await writeStackSecret(work, secret, {
      name: tls.authorityName,
      component: 'authority',
      data: { 'ca.crt': trusted },
      annotations,
    });
  }
  return trusted;
}

function describeCertificate(work: Work, name: string): string {
  const cache = work.tools.cacheOf.optional(optionalResource(optionalKinds.certificate));
  const { conditions = [] } = (cache?.get({ namespace: work.stack.metadata.namespace ?? '', name })?.status ?? {}) as {
    conditions?: { type: string; message?: string }[];
  };
  return conditions.find(({ type }) => type === 'Ready')?.message ?? 'cert-manager has not looked at it yet';
}
