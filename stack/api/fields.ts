import { z } from 'zod';
import { durationPattern, formatDuration, parseDuration } from '../quantity/duration.ts';
import { compareQuantities, parseQuantity, quantity, quantityPattern } from '../quantity/quantity.ts';

/** A validation rule of a custom resource, in the Common Expression Language the API server evaluates. */
export interface CelRule {
  readonly rule: string;
  readonly message: string;
}

/** Metadata under which a schema carries its CEL rules into the CustomResourceDefinition. */
export const celRules = (...rules: readonly CelRule[]) => ({ 'x-kubernetes-validations': rules });

/** The longest quantity or duration that is read: bounds what a CEL rule over it may cost. */
const maxWrittenLength = 24;

const withinBounds = (text: string, minimum: string, maximum: string): boolean => {
  const parsed = parseQuantity(text);
  return (
    parsed !== undefined &&
    compareQuantities(parsed, quantity(minimum)) >= 0 &&
    compareQuantities(parsed, quantity(maximum)) <= 0
  );
};

const boundsRule = (self: string, minimum: string, maximum: string): CelRule => ({
  rule: `quantity(${self}).compareTo(quantity('${minimum}')) >= 0 && quantity(${self}).compareTo(quantity('${maximum}')) <= 0`,
  message: `expected a quantity from ${minimum} to ${maximum}`,
});

/** A quantity of bytes, such as `512Mi`, within bounds that are part of it. */
export const bytesField = (minimum: string, maximum: string) => {
  const expected = `a quantity from ${minimum} to ${maximum}, such as ${minimum}`;
  return z
    .string({ error: expected })
    .max(maxWrittenLength, { error: expected })
    .regex(new RegExp(quantityPattern), { error: expected, abort: true })
    .refine((text) => withinBounds(text, minimum, maximum), { error: expected })
    .meta(celRules(boundsRule('self', minimum, maximum)));
};

/** An amount of CPU: `250m`, `1.5`, or a whole number of cores, which YAML reads as a number. */
const cpuField = (minimum: string, maximum: string) => {
  const expected = `an amount of CPU from ${minimum} to ${maximum}, such as 250m or 2`;
  return z
    .union([z.string().max(maxWrittenLength).regex(new RegExp(quantityPattern)), z.int()], { error: expected })
    .refine((value) => withinBounds(String(value), minimum, maximum), { error: expected })
    .meta({
      'x-kubernetes-int-or-string': true,
      maxLength: maxWrittenLength,
      pattern: quantityPattern,
      ...celRules(boundsRule('string(self)', minimum, maximum)),
    });
};

/** A duration in whole seconds within bounds that are part of it, given in seconds. */
export const durationField = (minimum: number, maximum: number) => {
  const bounds = { from: formatDuration(minimum), to: formatDuration(maximum) };
  const expected = `a duration from ${bounds.from} to ${bounds.to} in whole seconds, such as 30s`;
  return z
    .string({ error: expected })
    .min(2, { error: expected })
    .max(maxWrittenLength, { error: expected })
    .regex(new RegExp(durationPattern), { error: expected, abort: true })
    .refine((text) => (parseDuration(text) ?? -1) >= minimum && (parseDuration(text) ?? -1) <= maximum, {
      error: expected,
    })
    .meta(
      celRules({
        rule: `duration(self) >= duration('${bounds.from}') && duration(self) <= duration('${bounds.to}')`,
        message: `expected a duration from ${bounds.from} to ${bounds.to}`,
      }),
    );
};

/** A whole number within bounds. */
export const countField = (minimum: number, maximum: number) =>
  z
    .int({ error: `a whole number from ${minimum} to ${maximum}` })
    .min(minimum)
    .max(maximum);

/** A container image, with a tag or digest. */
export const imageField = () =>
  z
    .string()
    .max(512)
    .regex(/^[a-z0-9][^\s]*$/, { error: 'the name of an image, such as registry.example/postgres:18' });

/** The name of a Kubernetes object. */
export const objectNameField = () =>
  z
    .string()
    .max(253)
    .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, {
      error: 'the name of an object: lower-case letters, digits, "-" and "."',
    });

/** One key of a Secret in the namespace of the stack. */
export const secretKeyField = () =>
  z.strictObject({
    name: objectNameField().describe('Name of the Secret.'),
    key: z
      .string()
      .max(253)
      .regex(/^[-._A-Za-z0-9]+$/, { error: 'a key of a Secret: letters, digits, "-", "_" and "."' })
      .describe('Key in the Secret.'),
  });

/** Where a server is. */
export const serverHostField = () =>
  z
    .string()
    .max(253)
    .regex(/^[A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?$/, { error: 'a host name or IPv4 address' });

const amounts = (what: string) =>
  z.strictObject({
    cpu: cpuField('1m', '512').optional().describe(`CPU ${what}, in cores or millicores.`),
    memory: bytesField('16Mi', '16Ti').optional().describe(`Memory ${what}.`),
  });

const requestWithinLimit = (amount: 'cpu' | 'memory'): CelRule => {
  const of = (side: string) => (amount === 'cpu' ? `string(self.${side}.cpu)` : `self.${side}.memory`);
  return {
    rule:
      `!has(self.requests) || !has(self.requests.${amount}) || !has(self.limits) || !has(self.limits.${amount}) || ` +
      `quantity(${of('requests')}).compareTo(quantity(${of('limits')})) <= 0`,
    message: `expected requests.${amount} to be at most limits.${amount}`,
  };
};

/** Requests and limits of one container; what is unset comes from the table of `size`. */
export const resourcesField = () =>
  z
    .strictObject({
      requests: amounts('set aside for the container').optional().describe('What the scheduler sets aside.'),
      limits: amounts('the container may use at most').optional().describe('What the container may use at most.'),
    })
    .check((context) => {
      const { requests, limits } = context.value;
      for (const amount of ['cpu', 'memory'] as const) {
        const asked = requests?.[amount];
        const limit = limits?.[amount];
        if (asked === undefined || limit === undefined) continue;
        const [left, right] = [parseQuantity(String(asked)), parseQuantity(String(limit))];
        if (left === undefined || right === undefined || compareQuantities(left, right) <= 0) continue;
        context.issues.push({
          code: 'custom',
          input: asked,
          path: ['requests', amount],
          message: `at most the limit, ${limit}`,
        });
      }
    })
    .meta(celRules(requestWithinLimit('cpu'), requestWithinLimit('memory')));
