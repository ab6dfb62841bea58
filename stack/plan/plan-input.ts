import type { ChatStackSpec } from '../api/chat-stack.ts';
import type { DatabaseLogin } from '../config/service-environment.ts';
import type { StackImages } from './images.ts';
import type { Placement } from './placement.ts';
import type { CredentialKey, EnvironmentVariable, SecretKey } from './stack-plan.ts';

/** What a plan is computed from. */
export interface PlanInput {
  /** Name of the ChatStack; every child's name begins with it. */
  readonly name: string;
  readonly namespace?: string;
  readonly spec: ChatStackSpec;
  readonly placement: Placement;
  /** Images where the spec names none. */
  readonly images: StackImages;
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

/** Who service and migration are to Postgres: the role of a managed server, or the user of the author's Secret. */
export const databaseLogin = ({ name, spec }: PlanInput): DatabaseLogin => {
  const secret = spec.postgres.external?.secretRef.name;
  return secret === undefined
    ? { user: { value: 'chatstack' }, password: credential(name, 'service-password') }
    : { user: { secret: { name: secret, key: 'username' } }, password: { name: secret, key: 'password' } };
};

/** Processes of a component: those that stay, and those that run beside them while a version is replaced. */
export const processCounts = (
  placement: Placement,
  replicas: number,
): { readonly replicas: number; readonly surge: number } =>
  placement.processes === 'one' ? { replicas: 1, surge: 0 } : { replicas, surge: 1 };
