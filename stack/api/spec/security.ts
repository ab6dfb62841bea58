import { z } from 'zod';
import { celRules, durationField, objectNameField } from '../fields.ts';
import { tlsRules } from '../rules.ts';

const selectorField = () => z.record(z.string().max(317), z.string().max(63));

const peer = z.strictObject({
  namespaceLabels: selectorField()
    .optional()
    .meta({ description: "Labels of the peer's namespace. Unset: the stack's own namespace.", maxProperties: 16 }),
  podLabels: selectorField()
    .optional()
    .meta({ description: 'Labels of its pods. Unset: all pods of the namespace.', maxProperties: 16 }),
});

/** The fields of spec.networkPolicies. */
export const networkPoliciesField = z.strictObject({
  enabled: z
    .boolean()
    .default(true)
    .describe('Whether NetworkPolicies let pods of the stack talk along the edges of its diagram and nowhere else.'),
  clients: z
    .array(peer)
    .max(32)
    .optional()
    .describe('Who may reach port 3001 of the service. Unset: everybody, as behind an ingress.'),
  scrapers: z.array(peer).max(32).default([]).describe("Who may read metrics beside the stack's own Prometheus."),
});

/** The fields of spec.tls. */
export const tlsField = z
  .strictObject({
    mode: z
      .enum(['Automatic', 'CertManager', 'SelfSigned', 'Disabled'])
      .default('Disabled')
      .describe(
        'How the components encrypt what they say to each other. Automatic: with cert-manager where its CustomResourceDefinitions are there, otherwise with an authority of the stack itself (SelfSigned).',
      ),
    issuerRef: z
      .strictObject({
        name: objectNameField().describe('Name of the issuer.'),
        kind: z.enum(['Issuer', 'ClusterIssuer']).default('Issuer').describe('Kind of the issuer.'),
      })
      .optional()
      .describe('Issuer of cert-manager. Unset: one that the operator makes for the stack. CertManager only.'),
    duration: durationField(3600, 31_536_000).default('2160h').describe('How long a certificate holds.'),
    renewBefore: durationField(300, 15_768_000).default('168h').describe('How long before its end it is replaced.'),
  })
  .check((context) => {
    const { mode, issuerRef } = context.value;
    if (issuerRef !== undefined && mode !== 'CertManager')
      context.issues.push({
        code: 'custom',
        input: issuerRef,
        path: ['issuerRef'],
        message: `no such field with mode ${mode}; set mode to CertManager`,
      });
  })
  .meta(celRules(...tlsRules));

/** The fields of spec.credentials. */
export const credentialsField = z.strictObject({
  rotateEvery: durationField(3600, 63_072_000)
    .optional()
    .describe(
      'How long passwords are used before others take their place, with both valid meanwhile and no failed request, such as 720h. Unset: until somebody asks (chatstack rotate NAME).',
    ),
});
