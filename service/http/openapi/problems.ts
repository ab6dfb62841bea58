import { z } from 'zod';
import type { IdentityMode } from '../../identity/identity.ts';
import { isHealthPath } from '../connection-bound.ts';
import { PROBLEMS, type ProblemKind, typeOfProblem } from '../problem.ts';
import type { Route } from '../route.ts';

/** A problem document, as `buildProblemDocument` makes it. */
export const problemView = z
  .object({
    type: z.string().meta({ description: 'A tag URI that names the kind of the problem; it promises no page' }),
    title: z.string().meta({ description: 'The same for each problem of a kind' }),
    status: z.int(),
    detail: z.string().meta({ description: 'What went wrong here, for people' }),
    errors: z
      .array(z.object({ field: z.string(), expected: z.string(), found: z.string(), detail: z.string() }))
      .meta({ description: 'The fields that broke a rule' }),
    requestId: z.string().meta({ description: 'The same as the header X-Request-Id; the log has it' }),
  })
  .meta({ id: 'Problem', description: 'A problem document (RFC 9457)' });

/** What may go wrong with a route: what its definition names, and what every route of its form can answer. */
export function findProblems(route: Route, mode: IdentityMode): ProblemKind[] {
  const isChecked = route.query !== undefined || route.body !== undefined || route.path.includes(':');
  const kinds = new Set<ProblemKind>([
    ...(isChecked ? (['invalid-request'] as const) : []),
    ...(route.body ? (['invalid-json', 'body-too-large', 'unsupported-media-type'] as const) : []),
    ...(route.identity === 'none' ? [] : findProblemsOfCallers(mode)),
    ...route.problems,
    ...(isHealthPath(route.path) ? [] : (['no-room'] as const)),
    'internal-error',
  ]);
  return (Object.keys(PROBLEMS) as ProblemKind[]).filter((kind) => kinds.has(kind));
}

function findProblemsOfCallers(mode: IdentityMode): ProblemKind[] {
  const always = ['rate-limited', 'storage-unavailable'] as const;
  return mode === 'jwt' ? [...always, 'unauthenticated', 'identity-mismatch', 'identity-unavailable'] : [...always];
}

const MEANINGS: Readonly<Record<string, string>> = {
  'WWW-Authenticate': 'How to prove who asks (RFC 6750)',
  'Retry-After': 'Seconds until it makes sense to ask again',
  RateLimit: 'The budget that is used up, and the seconds until it is refilled',
};

const HEADERS_OF_STATUS: Readonly<Record<number, readonly string[]>> = {
  401: ['WWW-Authenticate'],
  429: ['Retry-After', 'RateLimit'],
  503: ['Retry-After'],
};

/** The name of an answer with problems of these kinds among the components. */
export function nameProblems(kinds: readonly ProblemKind[]): string {
  return kinds.map((kind) => kind.replace(/(^|-)(\w)/g, (_match, _dash, letter) => letter.toUpperCase())).join('Or');
}

/** An answer with a problem of one of these kinds, all of one status: what OpenAPI calls a response. */
export function buildProblemResponse(kinds: readonly [ProblemKind, ...ProblemKind[]], problem: object) {
  const { status } = PROBLEMS[kinds[0]];
  const names = HEADERS_OF_STATUS[status] ?? [];
  const properties = { type: { enum: kinds.map(typeOfProblem) }, status: { const: status } };
  return {
    description: kinds.map((kind) => PROBLEMS[kind].title).join('; or: '),
    headers: Object.fromEntries(
      names.map((name) => [name, { description: MEANINGS[name], required: true, schema: { type: 'string' } }]),
    ),
    content: { 'application/problem+json': { schema: { allOf: [problem, { type: 'object', properties }] } } },
  };
}
