import type { ChatStackSpec } from '../api/chat-stack.ts';
import { loginPairs } from '../config/bootstrap-sql.ts';
import type { DatabaseLogin } from '../config/service-environment.ts';
import type { StackImages } from './images.ts';
import type { Placement } from './placement.ts';
import type { CertificateSource } from './plan-tls.ts';
import type { CredentialKey, EnvironmentVariable, SecretKey } from './stack-plan.ts';

/** What was seen of the place where a stack runs: a plan rests on its spec and on this, and on nothing else. */
export interface Observed {
  /** The optional kinds that the cluster serves, by the names of their CustomResourceDefinitions. */
  readonly definitions: ReadonlySet<string>;
  /** `max_connections` of an external Postgres, read from it; undefined while it was not reached. */
  readonly maxConnections?: number;
  /** How many of them are not for ordinary users. */
  readonly reservedConnections?: number;
  /** Who issues the certificates that the stack has already; undefined while it has none. */
  readonly certificateSource?: CertificateSource;
  /** The components that pods of the service which still run talk to, whatever the spec says now. */
  readonly serviceReaches?: ReadonlySet<string>;
}

/** Where nobody has looked, as for a plan on a laptop. */
export const nothingObserved: Observed = { definitions: new Set() };

/** What a plan is computed from. */
export interface PlanInput {
  /** Name of the ChatStack; every child's name begins with it. */
  readonly name: string;
  readonly namespace?: string;
  readonly spec: ChatStackSpec;
  readonly placement: Placement;
  /** Images where the spec names none. */
  readonly images: StackImages;
  /** Unset: `nothingObserved`. */
  readonly observed?: Observed;
}

/** The longest name of a stack: with `-postgres` and a hash behind it, it is still a label's value. */
export const maxNameLength = 40;

/** The form of a stack's name, as for a Service: it becomes part of host names. */
export const namePattern = '^[a-z]([-a-z0-9]*[a-z0-9])?$';

/** Name of the Secret that holds the generated passwords of a stack. */
export const credentialsName = (stack: string): string => `${stack}-credentials`;

/** A key of the generated passwords. */
export const credential = (stack: string, key: CredentialKey): SecretKey => ({ name: credentialsName(stack), key });

/** A variable that holds a generated password. */
export const credentialVariable = (name: string, stack: string, key: CredentialKey): EnvironmentVariable => ({
  name,
  secret: credential(stack, key),
});

/**
 * Variables with what only a rotation puts into the Secret; unset where there was none. Only where the operator is at work, and only in
 * programs that are told by them.
 */
export const turnVariables = (
  { name, placement }: PlanInput,
  variables: { readonly [variable: string]: CredentialKey },
): readonly EnvironmentVariable[] =>
  placement.kind === 'kubernetes'
    ? Object.entries(variables).map(([variable, key]) => ({
        name: variable,
        secret: credential(name, key),
        optional: true,
      }))
    : [];

/** Name of the Secret in which CloudNativePG keeps the login of the database's owner. */
export const clusterLogin = (stack: string): string => `${stack}-postgres-app`;

/** Who service and migration are to Postgres: the role of a managed server that has its turn, or the user of a Secret of somebody else. */
export const databaseLogin = (input: PlanInput): DatabaseLogin => {
  const { name, spec } = input;
  const secret = spec.postgres.mode === 'CloudNativePG' ? clusterLogin(name) : spec.postgres.external?.secretRef.name;
  return secret === undefined
    ? {
        user: { value: loginPairs.service.first },
        turn: turnVariables(input, { DATABASE_LOGIN_USER: 'service-user' }),
        password: credential(name, 'service-password'),
      }
    : { user: { secret: { name: secret, key: 'username' } }, password: { name: secret, key: 'password' } };
};

/** Processes of a component: those that stay, and those that run beside them while a version is replaced. */
export const processCounts = (
  placement: Placement,
  replicas: number,
): { readonly replicas: number; readonly surge: number } =>
  placement.processes === 'one' ? { replicas: 1, surge: 0 } : { replicas, surge: 1 };
