import type { IdentityConfig, JwtConfig } from '../config/identity-config.ts';
import { IdentityMismatch, Unauthenticated } from '../domain/errors.ts';
import { ID_EXPECTED, isId } from '../domain/text.ts';
import { readBearerToken, requireToken } from './bearer-token.ts';
import { createTokenVerifier } from './token-verifier.ts';
import { type VerifiedToken, VerifiedTokens } from './verified-tokens.ts';

/** How it is known who asks: by the userId that a request claims, or by a JSON Web Token. */
export type IdentityMode = 'development' | 'jwt';

/** Finds out who asks. */
export type Identity = {
  readonly mode: IdentityMode;
  /**
   * The user of a request: from its Authorization header and the userId it claims. Throws Unauthenticated,
   * IdentityMismatch or IdentityUnavailable.
   */
  identify(authorization: string | undefined, claimed: string | undefined): Promise<string>;
  /** The same without waiting: undefined where the token was not verified before, or anything else is in doubt. Never throws. */
  identifyNow(authorization: string | undefined, claimed: string | undefined): string | undefined;
  /**
   * For sockets: the user and when the token ends, in ms since epoch: Infinity in development, and perhaps beyond what
   * a timer can count. Throws as `identify` does.
   */
  authenticate(token: string | undefined, claimed: string | undefined): Promise<VerifiedToken>;
};

/** What an identity needs beside its configuration; a test may choose the time. */
export type IdentityParts = { readonly tell?: (message: string) => void; readonly now?: () => number };

/** Longest time that a token is believed without looking at the keys again, in ms: so soon a key's removal acts. */
const REMEMBERED_FOR = 60_000;

const PREFIX = 'Bearer ';

/** Makes the identity that the configuration asks for. */
export function createIdentity(config: IdentityConfig, parts: IdentityParts = {}): Identity {
  return config.mode === 'jwt' ? createTokenIdentity(config, parts) : createDevelopmentIdentity();
}

/** Whoever asks is believed to be whom the request claims. */
function createDevelopmentIdentity(): Identity {
  const believe = async (claimed: string | undefined) => {
    if (claimed !== undefined && isId(claimed)) return claimed;
    throw new Unauthenticated(
      `Expected a userId of ${ID_EXPECTED}, found ${claimed === undefined ? 'none' : 'another'}.`,
    );
  };
  return {
    mode: 'development',
    identify: (_authorization, claimed) => believe(claimed),
    identifyNow: (_authorization, claimed) => (claimed !== undefined && isId(claimed) ? claimed : undefined),
    authenticate: async (_token, claimed) => ({
      userId: await believe(claimed),
      expiresAt: Number.POSITIVE_INFINITY,
    }),
  };
}

function createTokenIdentity(config: JwtConfig, { tell = () => undefined, now = Date.now }: IdentityParts): Identity {
  const verify = createTokenVerifier(config, tell, now);
  const known = new VerifiedTokens();
  // A secret changes with a restart only, so what it proved is proved until it expires.
  const longest = 'jwksUrl' in config.keys ? REMEMBERED_FOR : Number.POSITIVE_INFINITY;

  const authenticate = async (token: string, claimed: string | undefined): Promise<VerifiedToken> => {
    let found = known.find(token, now());
    if (!found) {
      found = await verify(token);
      known.remember(token, found, Math.min(found.expiresAt, now() + longest));
    }
    if (claimed !== undefined && claimed !== found.userId) throw new IdentityMismatch(claimed);
    return found;
  };
  return {
    mode: 'jwt',
    identify: async (authorization, claimed) => (await authenticate(readBearerToken(authorization), claimed)).userId,
    identifyNow: (authorization, claimed) => {
      if (!authorization?.startsWith(PREFIX)) return undefined;
      const userId = known.find(authorization.slice(PREFIX.length), now())?.userId;
      return claimed === undefined || claimed === userId ? userId : undefined;
    },
    authenticate: async (token, claimed) => authenticate(requireToken(token), claimed),
  };
}
