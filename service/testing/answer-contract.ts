import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { describeApi } from '../http/openapi/describe-api.ts';
import type { OpenApiDocument, Operation, Response } from '../http/openapi/document.ts';
import type { JsonSchema } from '../http/openapi/schemas.ts';
import type { IdentityMode } from '../identity/identity.ts';
import type { Answer, Call } from './caller.ts';

/** Holds an answer against the OpenAPI document; throws when it is not one that the document tells. */
export type AnswerCheck = (call: Call, answer: Answer) => void;

const contracts = new Map<IdentityMode, AnswerCheck>();

/** The check of answers of a service in this mode. */
export function answerContractOf(mode: IdentityMode): AnswerCheck {
  let contract = contracts.get(mode);
  if (!contract) {
    contract = createAnswerContract(describeApi(mode));
    contracts.set(mode, contract);
  }
  return contract;
}

/** Makes a check of a document. What no path of the document covers is not looked at; a method that none has is 405. */
export function createAnswerContract(document: OpenApiDocument): AnswerCheck {
  const findPath = createPathFinder(Object.keys(document.paths));
  const validate = createValidator(document);
  const findFault = (operation: Operation | undefined, { method }: Call, answer: Answer): string | undefined => {
    const { status, headers } = answer;
    if (!operation) return status === 405 && headers.allow !== undefined ? undefined : '405 with Allow';
    const response = findResponse(document, operation, status);
    if (!response) return `one of ${Object.keys(operation.responses).join(', ')}`;
    const missing = Object.keys(response.headers).filter((name) => headers[name.toLowerCase()] === undefined);
    if (missing.length > 0) return `the headers ${missing.join(', ')}`;
    return method === 'HEAD' ? undefined : findFaultOfBody(response, answer, validate);
  };
  return (call, answer) => {
    const path = findPath(call.path.split('?', 1)[0] as string);
    if (path === undefined) return;
    const method = call.method === 'HEAD' ? 'get' : call.method.toLowerCase();
    const expected = findFault(document.paths[path]?.[method], call, answer);
    if (expected === undefined) return;
    const found = `${answer.status} ${JSON.stringify(answer.headers)} ${answer.text.slice(0, 2_000)}`;
    throw new Error(
      `Expected of ${call.method} ${call.path} as the OpenAPI document has it: ${expected}; found ${found}`,
    );
  };
}

function findResponse({ components }: OpenApiDocument, { responses }: Operation, status: number): Response | undefined {
  const told = responses[status];
  return told && '$ref' in told ? components.responses[told.$ref.split('/').at(-1) as string] : told;
}

function findFaultOfBody(
  { content }: Response,
  { headers, body, text }: Answer,
  validate: (schema: JsonSchema, body: unknown) => string | undefined,
): string | undefined {
  if (!content) return text === '' ? undefined : 'an empty body';
  const type = headers['content-type']?.split(';', 1)[0] ?? 'none';
  const media = content[type];
  if (!media) return `the media type ${Object.keys(content).join(' or ')}`;
  return validate(media.schema, body);
}

/** Literal parts of a path count more than parameters: `/a/b` is told before `/a/{id}`. */
function createPathFinder(paths: readonly string[]): (path: string) => string | undefined {
  const patterns = [...paths]
    .sort((a, b) => a.split('{').length - b.split('{').length)
    .map((path) => ({ path, pattern: new RegExp(`^${path.replace(/[.]/g, '\\.').replace(/{\w+}/g, '[^/]+')}$`) }));
  return (asked) => patterns.find(({ pattern }) => pattern.test(asked))?.path;
}

function createValidator({ components }: OpenApiDocument): (schema: JsonSchema, body: unknown) => string | undefined {
  const ajv = new Ajv2020({ allowUnionTypes: true });
  ajv.addKeyword('components'); // so that references lead to the components of the document
  ajv.addFormat('date-time', (text) => /Z$/.test(text) && new Date(text).toISOString() === text);
  const compiled = new Map<JsonSchema, ValidateFunction>();
  return (schema, body) => {
    let check = compiled.get(schema);
    if (!check) {
      check = ajv.compile({ ...schema, components: { schemas: components.schemas } });
      compiled.set(schema, check);
    }
    return check(body) ? undefined : ajv.errorsText(check.errors, { dataVar: 'body' });
  };
}
