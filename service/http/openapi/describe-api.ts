import type { IdentityMode } from '../../identity/identity.ts';
import { type AppParts, buildRoutes } from '../app.ts';
import { buildDocument, type OpenApiDocument } from './document.ts';

/** The OpenAPI document of this version, without a service: routes are made with parts that only their handlers would use. */
export function describeApi(mode: IdentityMode): OpenApiDocument {
  return buildDocument(buildRoutes({ identity: { mode } } as AppParts), mode);
}
