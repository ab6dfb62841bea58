import { sizes } from '../plan/sizes.ts';
import { chatStackSpecSchema, groupVersion } from './chat-stack.ts';
import type { CelRule } from './fields.ts';
import { chatStackStatusSchema } from './status.ts';
import { buildStructuralSchema, type StructuralSchema } from './structural-schema.ts';

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

const code = (text: string): string => (text === '' ? '' : `\`${text}\``);

const typeOf = (schema: StructuralSchema): string => {
  if (schema['x-kubernetes-int-or-string'] === true) return 'quantity';
  if (schema.enum !== undefined) return schema.enum.map((value) => code(String(value))).join(', ');
  if (schema.type === 'array') return `list of ${schema.items?.properties === undefined ? 'text' : 'objects'}`;
  if (schema.additionalProperties !== undefined) return 'map of text';
  return schema.type === 'string' ? 'text' : (schema.type ?? '');
};

const boundsOf = ({ minimum, maximum, maxItems, maxProperties }: StructuralSchema): string => {
  if (minimum !== undefined && maximum !== undefined) return `${minimum} to ${maximum}`;
  const most = maxItems ?? maxProperties;
  return most === undefined ? '' : `at most ${most}`;
};

const rulesOf = (schema: StructuralSchema): readonly CelRule[] =>
  (schema['x-kubernetes-validations'] as readonly CelRule[] | undefined) ?? [];

const defaultOf = (schema: StructuralSchema): string =>
  schema.default === undefined || typeof schema.default === 'object' ? '' : code(String(schema.default));

const boundRule = (schema: StructuralSchema): string => {
  const bound = rulesOf(schema).find(
    ({ message }) => message.startsWith('expected a quantity') || message.startsWith('expected a duration'),
  );
  return bound === undefined ? '' : bound.message.replace(/^expected a \w+ from /, '');
};

interface Row {
  readonly path: string;
  readonly schema: StructuralSchema;
  readonly required: boolean;
}

const rowsOf = (schema: StructuralSchema, prefix: string): readonly Row[] =>
  Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const path = prefix === '' ? name : `${prefix}.${name}`;
    const below = field.items?.properties === undefined ? rowsOf(field, path) : rowsOf(field.items, `${path}[]`);
    return [{ path, schema: field, required: schema.required?.includes(name) === true }, ...below];
  });

const buildTable = (rows: readonly Row[]): string =>
  [
    '| field | type | default | bounds | meaning |',
    '|---|---|---|---|---|',
    ...rows.map(({ path, schema, required }) => {
      const bounds = boundsOf(schema) || boundRule(schema);
      const description = `${required ? '**Required.** ' : ''}${schema.description ?? ''}`;
      return `| ${code(path)} | ${typeOf(schema)} | ${defaultOf(schema)} | ${bounds} | ${cell(description)} |`;
    }),
  ].join('\n');

const buildRules = (schema: StructuralSchema, path: string): readonly string[] => [
  ...rulesOf(schema)
    .filter(({ message }) => !/^expected a (quantity|duration) from/.test(message))
    .map(({ message }) => `| ${code(path)} | ${cell(message)} |`),
  ...Object.entries(schema.properties ?? {}).flatMap(([name, field]) => buildRules(field, `${path}.${name}`)),
  ...(schema.items === undefined ? [] : buildRules(schema.items, `${path}[]`)),
];

const buildSizes = (): string => {
  const names = ['small', 'medium', 'large'] as const;
  const row = (title: string, value: (size: (typeof sizes)['small']) => string | number): string =>
    `| ${title} | ${names.map((name) => value(sizes[name])).join(' | ')} |`;
  const shares = ({ cpu, memory, memoryLimit }: { cpu: string; memory: string; memoryLimit: string }): string =>
    `${cpu} CPU, ${memory} (at most ${memoryLimit})`;
  return [
    '| | small | medium | large |',
    '|---|---|---|---|',
    row('service processes', ({ service }) => service.replicas),
    row('each', ({ service }) => shares(service)),
    row('Postgres', ({ postgres }) => shares(postgres)),
    row('its `max_connections`', ({ postgres }) => postgres.maxConnections),
    row('cores the pools are computed from', ({ postgres }) => postgres.cores),
    row('each pooler', ({ pgbouncer }) => shares(pgbouncer)),
    row('Redis `maxMemory`', ({ redis }) => redis.maxMemory),
    row('migration', ({ migration }) => shares(migration)),
    row('each exporter', ({ exporter }) => shares(exporter)),
    row('Prometheus', ({ prometheus }) => shares(prometheus)),
    row('Grafana', ({ grafana }) => shares(grafana)),
  ].join('\n');
};

/** Builds the reference page of ChatStack, as Markdown, from the definition that the API server and the operator check against. */
export const buildReferencePage = (): string => {
  const spec = buildStructuralSchema(chatStackSpecSchema);
  return `<!-- Generated from stack/api by \`npm run generate\`. Change the definition, not this file. -->
# ChatStack

\`apiVersion: ${groupVersion}\`, \`kind: ChatStack\`, namespaced, short name \`chat\`. The empty spec gives a working stack:

\`\`\`yaml
apiVersion: ${groupVersion}
kind: ChatStack
metadata:
  name: acme
spec: {}
\`\`\`

Quantities are written as in Kubernetes (\`250m\`, \`512Mi\`), durations in whole seconds (\`30s\`, \`1m30s\`). Unknown fields are
refused. \`chatstack plan\` prints what a spec comes to, every number with its reason.

## spec

${buildTable(rowsOf(spec, ''))}

## Sizes

What \`size\` decides where the fields above leave it open. CPU is what a container is given at least; it is not limited.

${buildSizes()}

## Rules

Beside the bounds above, these are checked when the resource is applied:

| where | rule |
|---|---|
${buildRules(spec, 'spec').join('\n')}

The operator checks what needs arithmetic, and says what is wrong in the conditions \`BudgetFits\` and \`Ready\` without touching what runs:

- connections: Σ over the poolers and one more (pool + reserve + 1) + migration 2 + administration 3 + exporter 2 + reserved by Postgres ≤ \`max_connections\`;
- clients: Σ service pools ≤ 0.8 × \`maxClientConnections\` × poolers, each process able to fill every pool;
- memory: a limit no program could start with, and a \`maxMemory\` that does not fit the limit of Redis.

## status

Written by the operator alone.

${buildTable(rowsOf(buildStructuralSchema(chatStackStatusSchema), ''))}
`;
};
