import type { components, operations } from './generated/api.ts';

/** What the OpenAPI document calls by a name. */
export type Schemas = components['schemas'];

/** The JSON body that an operation takes. */
export type BodyOf<Name extends keyof operations> = operations[Name] extends {
  requestBody: { content: { 'application/json': infer Body } };
}
  ? Body
  : never;

/** The parameters that an operation takes in its query, those of a page's place included. */
export type QueryOf<Name extends keyof operations> = NonNullable<operations[Name]['parameters']['query']>;

/** Which conversation a call is about, and who calls where the settings of the client do not say it. */
export type InConversation = { conversationId: string; userId?: string };
