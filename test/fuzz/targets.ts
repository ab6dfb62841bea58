import { describeApi } from '@chatstack/service/http/openapi/describe-api.ts';
import type { OpenApiDocument } from '@chatstack/service/http/openapi/document.ts';
import { signWithSecret, USUAL_CLAIMS } from '@chatstack/service/testing/issuer.ts';
import type { RunningService, StackUnderTest } from '@chatstack/service/testing/stack-under-test.ts';
import type { KnownIds } from './known-ids.ts';

/** A service to be fuzzed. */
export type Target = {
  readonly name: string;
  readonly service: RunningService;
  readonly document: OpenApiDocument;
  readonly token: string | undefined;
  /** How much of all cases it gets. */
  readonly share: number;
};

const SECRET = 'a secret of at least 32 bytes for fuzzing';
const jwt = {
  ...{ AUTH_MODE: 'jwt', JWT_SECRET: SECRET },
  ...{ JWT_ISSUER: USUAL_CLAIMS.iss, JWT_AUDIENCE: USUAL_CLAIMS.aud },
};

/** One service for each way to know who asks, and one that limits, where most is refused. */
export async function startTargets(stack: StackUnderTest, hours = 12): Promise<Target[]> {
  const exp = Math.floor(Date.now() / 1_000) + hours * 3_600;
  const [token, byName, byToken, limited] = await Promise.all([
    signWithSecret(SECRET, { exp }),
    stack.start(),
    stack.start({ ...jwt, RATE_LIMITS: 'off' }),
    stack.start({ ...jwt, RATE_LIMITS: 'on', RATE_LIMIT_PERCENT: '10' }),
  ]);
  const documents = { development: describeApi('development'), jwt: describeApi('jwt') };
  return [
    { name: 'development', service: byName, document: documents.development, token: undefined, share: 0.48 },
    { name: 'jwt', service: byToken, document: documents.jwt, token, share: 0.48 },
    { name: 'jwt, limited', service: limited, document: documents.jwt, token, share: 0.04 },
  ];
}

/** Makes conversations and messages of the user that the token names, and tells their ids. */
export async function createKnownIds(service: RunningService): Promise<KnownIds> {
  const users = ['user-1', 'user-2', 'user-3'];
  const conversationIds: string[] = [];
  const messageIds: string[] = [];
  for (const [index, type] of ['GROUP', 'GROUP', 'DIRECT_MESSAGE'].entries()) {
    const participantIds = type === 'GROUP' ? users : users.slice(0, 2);
    const made = await service.post('/api/v1/chat/conversations', { userId: 'user-1', type, participantIds });
    conversationIds.push(made.body.id);
    for (const content of ['one', 'two', 'three']) {
      const sent = await service.send(made.body.id, users[index % 2] as string, content);
      messageIds.push(sent.body.message.id);
    }
  }
  return {
    userId: users,
    participantIds: users,
    conversationId: conversationIds,
    messageId: messageIds,
    replyToId: messageIds,
  };
}
