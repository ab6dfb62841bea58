import type { Problem, ProblemField } from './errors.ts';

/** How much of a text that is no problem document is kept for the message, in characters. */
const EXCERPT = 200;

/**
 * Reads the problem document of an error answer. Never throws: an answer without one (a proxy's page, an empty body)
 * becomes a problem of type `about:blank` whose detail is an excerpt of what was sent.
 */
export function readProblem(status: number, headers: Headers, body: string): Problem {
  const document = asRecord(parse(body));
  const retryAfterSeconds = readRetryAfter(headers.get('retry-after'));
  return {
    status,
    type: asText(document?.type) ?? 'about:blank',
    title: asText(document?.title) ?? '',
    detail: asText(document?.detail) ?? (document ? '' : body.trim().slice(0, EXCERPT)),
    errors: readFields(document?.errors),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  };
}

/** Seconds of a Retry-After header. The date form is not read (the service never sends it): undefined. */
function readRetryAfter(header: string | null): number | undefined {
  return header !== null && /^\d{1,9}$/.test(header.trim()) ? Number(header) : undefined;
}

function readFields(errors: unknown): ProblemField[] {
  if (!Array.isArray(errors)) return [];
  return errors.map((error: unknown) => {
    const entry = asRecord(error);
    return {
      field: asText(entry?.field) ?? asText(entry?.pointer) ?? '',
      detail: asText(entry?.detail) ?? asText(entry?.message) ?? '',
    };
  });
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined; // not JSON is one of the expected cases: a proxy's own error page
  }
}

function asRecord(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
