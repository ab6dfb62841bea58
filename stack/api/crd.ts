import { maxNameLength, namePattern } from '../plan/plan-input.ts';
import { apiGroup, apiVersion, chatStackSpecSchema } from './chat-stack.ts';
import { chatStackStatusSchema } from './status.ts';
import { buildStructuralSchema } from './structural-schema.ts';

const condition = (type: string, field: string): string => `.status.conditions[?(@.type=="${type}")].${field}`;

const printerColumns = [
  { name: 'Ready', type: 'string', jsonPath: condition('Ready', 'status'), description: 'Whether the stack serves.' },
  { name: 'Reason', type: 'string', jsonPath: condition('Ready', 'reason'), description: 'Why it does or does not.' },
  { name: 'Size', type: 'string', jsonPath: '.spec.size', description: 'Row of the sizing table.' },
  {
    name: 'Pool',
    type: 'integer',
    jsonPath: '.status.pool.size',
    description: 'Connections of one pooler to Postgres.',
  },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'Since when it exists.' },
];

const nameRule = {
  rule: `self.metadata.name.size() <= ${maxNameLength} && self.metadata.name.matches('${namePattern}')`,
  message: `expected a name of at most ${maxNameLength} lower-case letters, digits and "-", a letter first: the children's host names begin with it`,
};

/** Builds the CustomResourceDefinition of ChatStack. Only static defaults are in it: what depends on `size` is decided by the plan. */
export const buildCustomResourceDefinition = () => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: {
    name: `chatstacks.${apiGroup}`,
    labels: { 'app.kubernetes.io/part-of': 'chatstack' },
  },
  spec: {
    group: apiGroup,
    scope: 'Namespaced',
    names: {
      kind: 'ChatStack',
      listKind: 'ChatStackList',
      plural: 'chatstacks',
      singular: 'chatstack',
      shortNames: ['chat'],
    },
    versions: [
      {
        name: apiVersion,
        served: true,
        storage: true,
        subresources: { status: {} },
        additionalPrinterColumns: printerColumns,
        schema: {
          openAPIV3Schema: {
            description: 'A chat back end: a chat service, PgBouncer, Postgres and Redis, sized to fit each other.',
            type: 'object',
            properties: {
              apiVersion: { type: 'string', description: 'chatstack.dev/v1alpha1' },
              kind: { type: 'string', description: 'ChatStack' },
              metadata: { type: 'object' },
              spec: {
                ...buildStructuralSchema(chatStackSpecSchema),
                description: 'What is wanted. The empty spec gives a working stack.',
                default: {},
              },
              status: {
                ...buildStructuralSchema(chatStackStatusSchema),
                description: 'What is, as the operator last saw it.',
              },
            },
            'x-kubernetes-validations': [nameRule],
          },
        },
      },
    ],
  },
});
