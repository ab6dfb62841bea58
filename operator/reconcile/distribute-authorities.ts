import type { TlsPlan } from '@chatstack/stack/plan/plan-tls.ts';
import { buildBundle } from '@chatstack/stack/render/kubernetes/certificates.ts';
import { splitBundle, stillTrusted } from '../certificates/authority.ts';
import { buildControllerReference } from '../runtime/object.ts';
import { applyTogether, manifestsOf, type Work } from './work.ts';

/** Gives the authorities to the pods, and to the operator's own connections. */
export async function distributeAuthorities(work: Work, tls: TlsPlan, authorities: string): Promise<void> {
  const options = {
    namespace: work.stack.metadata.namespace ?? '',
    owner: buildControllerReference(work.stack),
    credentialsRevision: '',
  };
  const trusted = stillTrusted(splitBundle(authorities), work.tools.now()).join('');
  const bundle = buildBundle(work.plan, options, tls, trusted);
  await applyTogether(work, [bundle]);
  const manifests = manifestsOf(work);
  work.manifests = { ...manifests, certificates: [...manifests.certificates, bundle] };
}
