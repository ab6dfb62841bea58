import type { Attributes } from '@opentelemetry/api';
import type { DatabaseConfig } from '../config/config.ts';
import { summarizeStatement } from './statement-kind.ts';

/** Name and attributes of a span, as OpenTelemetry's semantic conventions have them. Nothing in them was chosen by a user. */
export type SpanDescription = { readonly name: string; readonly attributes: Attributes };

const KNOWN_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** The span of a request before its route is known. */
export function describeRequest(method: string): SpanDescription {
  const isKnown = KNOWN_METHODS.has(method);
  return {
    name: isKnown ? method : 'HTTP',
    attributes: { 'http.request.method': isKnown ? method : '_OTHER', 'url.scheme': 'http' },
  };
}

/** The span of a statement: what it does to which table. */
export const describeStatements =
  ({ host, port, database }: DatabaseConfig) =>
  (sql: string): SpanDescription => {
    const { text, operation, table } = summarizeStatement(sql);
    const attributes = {
      'db.system.name': 'postgresql',
      'db.namespace': database,
      'db.query.summary': text,
      'server.address': host,
      'server.port': port,
      ...(operation === undefined ? {} : { 'db.operation.name': operation }),
      ...(table === undefined ? {} : { 'db.collection.name': table }),
    };
    return { name: text, attributes };
  };

/** The span of a command of Redis, by its name alone. */
export const describeCommands = (url: string | undefined) => {
  const { hostname, port } = new URL(url ?? 'redis://none');
  const server = { 'server.address': hostname, 'server.port': Number(port || 6379) };
  return (command: string): SpanDescription => ({
    name: command,
    attributes: { 'db.system.name': 'redis', 'db.operation.name': command, ...server },
  });
};

/** The span of telling other processes something. */
export function describePublishing(destination: string): SpanDescription {
  return {
    name: `publish ${destination}`,
    attributes: {
      'messaging.system': 'redis',
      'messaging.operation.type': 'send',
      'messaging.operation.name': 'publish',
      'messaging.destination.name': destination,
    },
  };
}
