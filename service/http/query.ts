import { InvalidRequest } from '../domain/errors.ts';

/**
 * Reads a query string into an object without a prototype. A name that comes twice is refused: programs differ in which
 * one they take, and a check must look at the same one as the use. Throws InvalidRequest.
 */
export function readQuery(querystring: string): Record<string, string> {
  const query: Record<string, string> = Object.create(null);
  if (querystring === '') return query;
  for (const [name, value] of new URLSearchParams(querystring)) {
    if (name in query) {
      throw new InvalidRequest([{ field: name.slice(0, 60), expected: 'one value', found: 'several' }]);
    }
    query[name] = value;
  }
  return query;
}
