import type { EnvironmentVariable, Files, Resources, SecretKey, StackPlan } from '../plan/stack-plan.ts';
import { quantity, toBytes, toMillicores } from '../quantity/quantity.ts';

/** A part of the file. */
export type Json = { readonly [name: string]: unknown };

/** Compose replaces `$NAME` in every value; a dollar that is meant is written twice. */
export const literal = (text: string): string => text.replaceAll('$', '$$$$');

/** Name of the caller's variable for something. */
export const variableName = (key: string): string => `CHATSTACK_${key.toUpperCase().replaceAll(/[-.]/g, '_')}`;

/** Passwords come from the caller's environment. Those of our own programs have a default that is known to everyone, for development. */
const secretValue = (plan: StackPlan, { name, key }: SecretKey): string => {
  if (name === plan.credentialsName || name === plan.monitoring?.credentialsName)
    return `\${${variableName(key)}:-development}`;
  return plan.postgres.mode !== 'Managed' && name === plan.postgres.secretName
    ? `\${${variableName(`database-${key}`)}:?is to hold the ${key} of the external Postgres}`
    : `\${${variableName(`${name}-${key}`)}:?is to hold the key ${key} of the Secret ${name}}`;
};

/** Variables of a container. */
export const environment = (plan: StackPlan, variables: readonly EnvironmentVariable[]): Json =>
  Object.fromEntries(
    variables.map((variable) => [
      variable.name,
      'value' in variable ? literal(variable.value) : secretValue(plan, variable.secret),
    ]),
  );

/** Limits as Docker takes them: bytes, and processors as a decimal number. */
export const limits = ({ limits: { cpu, memory } }: Resources): Json => ({
  resources: {
    limits: {
      ...(cpu === undefined ? {} : { cpus: String(toMillicores(quantity(cpu)) / 1000) }),
      memory: String(toBytes(quantity(memory))),
    },
  },
});

/** What every container is denied. */
export const confined: Json = { cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] };

/** Compose puts inline configs into the container's own file system, and so refuses them where that is read-only. */
export const readOnly: Json = { read_only: true };

/** How Docker asks whether a container does its work. */
export const check = (test: readonly string[]): Json => ({
  healthcheck: { test, interval: '2s', timeout: '5s', retries: 60 },
});

/** A port of the loopback address for one of a container. */
export const publish = (purpose: string, port: number, usual = port): Json => ({
  ports: [`127.0.0.1:\${${variableName(`${purpose}-port`)}:-${usual}}:${port}`],
});

/** Name of a file of a program among the configs. */
export const configName = (program: string, file: string): string => `${program}-${file}`;

/** Files of a program as the container sees them. */
export const mountConfigs = (program: string, files: Files, folder: string): readonly Json[] =>
  Object.keys(files).map((file) => ({ source: configName(program, file), target: `${folder}/${file}`, mode: '0444' }));

/** A folder in memory; a container's user must be named for the folders it may write. */
export const temporary = (folder: string, user: number): string => `${folder}:uid=${user},gid=${user},mode=0700`;
