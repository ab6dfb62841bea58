/** How callers are told apart: by the userId they name, or by a token. */
export type IdentityMode = 'development' | 'jwt';

/** Tells who asks. */
export type Identity = {
  readonly mode: IdentityMode;
  /** The user of a request, from its Authorization header and the userId it claims. */
  identify(authorization: string | undefined, claimed: string | undefined): Promise<string>;
  /** The same without waiting, for the fast lane: undefined where that cannot be told now. Never throws. */
  identifyNow(authorization: string | undefined, claimed: string | undefined): string | undefined;
};

/** Believes everybody, for development: the caller is the userId it names. */
export function createDevelopmentIdentity(): Identity {
  return {
    mode: 'development',
    identify: async (_authorization, claimed) => {
      if (claimed === undefined) throw new TypeError('expected a claimed userId in development mode, found none');
      return claimed;
    },
    identifyNow: (_authorization, claimed) => claimed,
  };
}
