import { z } from 'zod';
import {
  celRules,
  countField,
  durationField,
  imageField,
  objectNameField,
  resourcesField,
  secretKeyField,
} from '../fields.ts';
import {
  authRules,
  autoscalingRules,
  decidedVariables,
  serviceRules,
  variableNameRules,
  variableRules,
} from '../rules.ts';

const variable = z
  .strictObject({
    name: z
      .string()
      .max(128)
      .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error: 'the name of an environment variable', abort: true })
      .refine((name) => !(decidedVariables as readonly string[]).includes(name), {
        error: 'a variable that ChatStack does not decide itself',
      })
      .meta({ description: 'Name of the variable.', ...celRules(...variableNameRules) }),
    value: z.string().max(4096).optional().describe('Its value, where it is no secret.'),
    valueFrom: z
      .strictObject({
        secretKeyRef: secretKeyField().describe(
          'One key of a Secret in the same namespace. Processes that start later see a change of it; those that run do not.',
        ),
      })
      .optional()
      .describe('Where its value is, such as that of `JWT_SECRET`.'),
  })
  .refine(({ value, valueFrom }) => (value === undefined) !== (valueFrom === undefined), {
    error: 'either value or valueFrom',
  })
  .meta(celRules(...variableRules));

const autoscaling = z
  .strictObject({
    engine: z
      .enum(['HorizontalPodAutoscaler', 'KEDA'])
      .default('HorizontalPodAutoscaler')
      .describe(
        'Who scales: Kubernetes itself (needs its metrics server), or KEDA (needs its CustomResourceDefinitions).',
      ),
    minReplicas: countField(1, 100).default(2).describe('So many processes at least.'),
    maxReplicas: countField(1, 100).describe('So many processes at most. The connection budget is computed for them.'),
    targetCPUUtilization: countField(10, 100)
      .default(70)
      .describe('Percent of the requested CPU above which processes are added.'),
    connections: z
      .strictObject({
        prometheus: z
          .url({ protocol: /^https?$/, error: 'a URL such as http://prometheus.monitoring.svc:9090' })
          .max(512)
          .describe('Address of the Prometheus that scrapes the service.'),
        perReplica: countField(1, 100_000).describe('Open WebSockets of one process above which processes are added.'),
      })
      .optional()
      .describe('Also scales by open WebSockets. KEDA only.'),
  })
  .check((context) => {
    const { engine, minReplicas, maxReplicas, connections } = context.value;
    const refuse = (path: string, input: unknown, message: string) =>
      context.issues.push({ code: 'custom', input, path: [path], message });
    if (minReplicas > maxReplicas) refuse('minReplicas', minReplicas, `at most maxReplicas, ${maxReplicas}`);
    if (connections !== undefined && engine !== 'KEDA')
      refuse('connections', connections, 'no such field with engine HorizontalPodAutoscaler; set engine to KEDA');
  })
  .meta(celRules(...autoscalingRules));

const auth = z
  .strictObject({
    mode: z
      .enum(['Development', 'JWT'])
      .default('Development')
      .describe(
        'JWT: the subject of a JSON Web Token. Development: the `userId` that a request names; everybody is believed.',
      ),
    issuer: z.string().min(1).max(512).optional().describe('The claim `iss`, exactly. JWT only, required there.'),
    audience: z
      .string()
      .min(1)
      .max(512)
      .optional()
      .describe('The claim `aud`, or one of its entries. JWT only, required there.'),
    jwksURL: z
      .url({ protocol: /^https?$/, error: 'a URL such as https://issuer.example/.well-known/jwks.json' })
      .max(2048)
      .optional()
      .describe('Key set of the issuer. JWT needs this or secretRef.'),
    secretRef: secretKeyField()
      .optional()
      .describe('Secret shared with the issuer, at least 32 bytes. JWT needs this or jwksURL.'),
    algorithms: z
      .array(
        z
          .string()
          .max(16)
          .regex(/^[A-Za-z0-9]+$/, { error: 'the name of an algorithm, such as ES256' }),
      )
      .max(10)
      .optional()
      .describe('How tokens may be signed. Unset: RS256, ES256 and EdDSA with a key set, HS256 with a secret.'),
  })
  .check((context) => {
    const { mode, ...fields } = context.value;
    const refuse = (path: string, input: unknown, message: string) =>
      context.issues.push({ code: 'custom', input, path: [path], message });
    if (mode === 'Development') {
      for (const [name, value] of Object.entries(fields))
        if (value !== undefined) refuse(name, value, 'no such field with mode Development; set mode to JWT');
      return;
    }
    for (const name of ['issuer', 'audience'] as const)
      if (fields[name] === undefined) refuse(name, undefined, `the ${name} of the tokens (mode is JWT)`);
    if ((fields.jwksURL === undefined) === (fields.secretRef === undefined))
      refuse('jwksURL', fields.jwksURL, 'either jwksURL or secretRef (mode is JWT)');
  })
  .meta(celRules(...authRules));

const hostField = () =>
  z
    .string()
    .max(253)
    .regex(/^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/, {
      error: 'a host name in lower case, such as chat.example.com',
    });

const ingress = z.strictObject({
  host: hostField().describe('Host name under which the service is reached.'),
  className: objectNameField().optional().describe("IngressClass. Unset: the cluster's default."),
  tlsSecretName: objectNameField()
    .optional()
    .describe('Secret with the certificate of the host. Unset: no TLS at the ingress.'),
  annotations: z
    .record(z.string().max(253), z.string().max(4096))
    .optional()
    .meta({ description: 'Annotations for the ingress controller.', maxProperties: 32 }),
});

const httpRoute = z.strictObject({
  parentRefs: z
    .array(
      z.strictObject({
        name: objectNameField().describe('Name of the Gateway.'),
        namespace: objectNameField().optional().describe("Its namespace. Unset: the stack's own."),
        sectionName: z.string().max(253).optional().describe('The listener of the Gateway. Unset: all of them.'),
      }),
    )
    .min(1)
    .max(32)
    .describe('Gateways that the route attaches to.'),
  hostnames: z
    .array(hostField())
    .max(16)
    .default([])
    .describe('Host names under which the service is reached. None: all of the Gateway.'),
});

/** The fields of spec.service. */
export const serviceField = z
  .strictObject({
    image: imageField()
      .optional()
      .describe('Image of the chat service. Unset: the one this version of ChatStack was tested with.'),
    replicas: countField(1, 100)
      .optional()
      .describe('Number of service processes. Unset: by `size`, or as many as `autoscaling` decides.'),
    autoscaling: autoscaling
      .optional()
      .describe('Lets the number of service processes follow the load. The connection budget counts maxReplicas.'),
    resources: resourcesField().optional().describe('Requests and limits of each process. Unset parts: by `size`.'),
    cache: z
      .strictObject({
        enabled: z.boolean().default(true).describe('Whether pages of history are cached in Redis.'),
        recentTTL: durationField(1, 3600)
          .default('30s')
          .describe('How long the newest page of a conversation may be served from the cache.'),
        olderTTL: durationField(1, 3600).default('60s').describe('How long older pages may be served from the cache.'),
      })
      .prefault({})
      .describe(
        'The cache of message history. A sent message makes the pages of its conversation unservable at once, whatever their age.',
      ),
    auth: auth.prefault({}).describe('Who a caller is believed to be.'),
    rateLimits: z
      .strictObject({
        enabled: z
          .boolean()
          .optional()
          .describe(
            'Whether users are held to budgets. Unset: with `auth.mode: JWT`, for in Development ids are freely chosen.',
          ),
        percent: countField(1, 100_000).default(100).describe('So many percent of each budget.'),
      })
      .prefault({})
      .describe('How much one user may ask for: the budgets of `docs/reference/authentication.md`.'),
    ingress: ingress.optional().describe('An Ingress in front of the service.'),
    httpRoute: httpRoute.optional().describe('An HTTPRoute of the Gateway API in front of the service.'),
    env: z
      .array(variable)
      .max(64)
      .default([])
      .check((context) => {
        const names = context.value.map(({ name }) => name);
        const index = names.findIndex((name, at) => names.indexOf(name) !== at);
        if (index >= 0)
          context.issues.push({
            code: 'custom',
            input: names[index],
            path: [index, 'name'],
            message: 'each variable once',
          });
      })
      .meta({
        description: 'Further environment variables of the service, such as `LOG_LEVEL`.',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['name'],
      }),
  })
  .check((context) => {
    const { replicas, autoscaling, httpRoute } = context.value;
    const refuse = (path: readonly string[], input: unknown, message: string) =>
      context.issues.push({ code: 'custom', input, path: [...path], message });
    if (replicas !== undefined && autoscaling !== undefined)
      refuse(['replicas'], replicas, 'either replicas or autoscaling');
    if (httpRoute !== undefined && httpRoute.parentRefs.length === 0)
      refuse(['httpRoute', 'parentRefs'], [], 'at least one Gateway');
  })
  .meta(celRules(...serviceRules));
