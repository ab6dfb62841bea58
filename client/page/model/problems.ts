import { ProblemError, UnreachableError } from '../../errors.ts';

/** What went wrong, in a sentence for people. */
export function explain(error: unknown): string {
  if (error instanceof ProblemError) {
    const fields = error.errors.map(({ field, detail }) => `${field}: ${detail}`);
    return fields.length > 0
      ? fields.join('; ')
      : error.detail || error.title || `The service answered ${error.status}.`;
  }
  if (error instanceof UnreachableError) return 'The service cannot be reached.';
  return error instanceof Error ? error.message : String(error);
}
