import { z } from 'zod';
import type { Fault } from './fault.ts';
import { summarizeIssues } from './faults-of-issues.ts';
import { monitoringField } from './spec/monitoring.ts';
import { pgbouncerField } from './spec/pgbouncer.ts';
import { postgresField } from './spec/postgres.ts';
import { redisField } from './spec/redis.ts';
import { credentialsField, networkPoliciesField, tlsField } from './spec/security.ts';
import { serviceField } from './spec/service.ts';

/** Group of the API. */
export const apiGroup = 'chatstack.dev';
/** Version of the API, as the CRD lists it. */
export const apiVersion = 'v1alpha1';
/** `apiVersion` as it is written in a manifest. */
export const groupVersion = `${apiGroup}/${apiVersion}`;

/** The definition of a ChatStack's spec: types, defaults, the CustomResourceDefinition and the reference page come from it. */
export const chatStackSpecSchema = z.strictObject({
  size: z
    .enum(['small', 'medium', 'large'])
    .default('small')
    .describe(
      'Row of the sizing table: resources, replicas and Postgres parameters that the other fields leave unset.',
    ),
  suspend: z
    .boolean()
    .default(false)
    .describe('true: the operator leaves everything as it is until this is false again.'),
  deletionPolicy: z
    .enum(['Retain', 'Delete'])
    .default('Retain')
    .describe('Whether the volume and the generated passwords outlive the resource (Retain) or go with it (Delete).'),
  service: serviceField.prefault({}).describe('The chat service: HTTP on port 3001, metrics on port 9464.'),
  postgres: postgresField.prefault({}).describe('The database of messages.'),
  pgbouncer: pgbouncerField
    .prefault({})
    .describe('The connection pooler between service and Postgres, in transaction mode.'),
  redis: redisField.prefault({}).describe('The cache. Its loss costs speed, never data.'),
  tls: tlsField.prefault({}).describe('Encryption between the components.'),
  credentials: credentialsField.prefault({}).describe('The passwords that the operator generates.'),
  monitoring: monitoringField.prefault({}).describe('Metrics, alerts and dashboards.'),
  networkPolicies: networkPoliciesField.prefault({}).describe('Who may talk to whom.'),
});

/** A spec with every static default filled in; what is still unset is decided by the plan. */
export type ChatStackSpec = z.output<typeof chatStackSpecSchema>;
/** A spec as its author may write it. */
export type ChatStackSpecInput = z.input<typeof chatStackSpecSchema>;
/** A row of the sizing table. */
export type Size = ChatStackSpec['size'];

/** What parsing a spec ends in. */
export type ParsedSpec =
  | { readonly ok: true; readonly spec: ChatStackSpec }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/** Reads a spec of unknown shape (undefined: an absent spec, which is an empty one); reports every fault, not only the first. */
export const parseChatStackSpec = (input: unknown): ParsedSpec => {
  const parsed = chatStackSpecSchema.safeParse(input ?? {});
  return parsed.success
    ? { ok: true, spec: parsed.data }
    : { ok: false, faults: summarizeIssues(parsed.error.issues, input, chatStackSpecSchema) };
};
