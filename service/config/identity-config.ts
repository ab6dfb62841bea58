import { describeFound, type Fault } from '../domain/faults.ts';

/** Where the keys come from that tokens are checked with: one secret shared with the issuer, or its published key set. */
export type KeySource = { readonly secret: string } | { readonly jwksUrl: string };

/** How tokens are checked; each value is required, none is taken from a token. */
export type JwtConfig = {
  readonly mode: 'jwt';
  readonly keys: KeySource;
  readonly algorithms: readonly string[];
  readonly issuer: string;
  readonly audience: string;
};

/** Who callers are: whom they say (development), or whom a token of a trusted issuer says. */
export type IdentityConfig = { readonly mode: 'development' } | JwtConfig;

type Environment = Readonly<Record<string, string | undefined>>;
type Problem = Omit<Fault, 'found'>;

const JWT_SETTINGS = ['JWT_SECRET', 'JWT_JWKS_URL', 'JWT_ISSUER', 'JWT_AUDIENCE', 'JWT_ALGORITHMS'] as const;

// A secret shorter than the digest of HS256 weakens it (RFC 7518, section 3.2).
const SHORTEST_SECRET = 32;

/** For keys of an issuer: signatures only. A shared-key algorithm here would let a public key pass for a secret. */
const KEY_SET_ALGORITHMS: readonly string[] = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];
const USUAL_ALGORITHMS = 'RS256,ES256,EdDSA';

/** Reads AUTH_MODE and the JWT_ settings; without faults, `identity` is what they say. No fault shows a secret. */
export function readIdentityConfig(environment: Environment): { identity: IdentityConfig; faults: readonly Fault[] } {
  const mode = environment.AUTH_MODE || 'development';
  if (mode === 'jwt') return readJwtConfig(environment);
  const problems: Problem[] = [];
  if (mode !== 'development') problems.push({ field: 'AUTH_MODE', expected: 'development or jwt' });
  else {
    // Settings of tokens show that somebody wants tokens checked. Believing everybody instead must not go unnoticed.
    const useless = JWT_SETTINGS.filter((name) => environment[name]);
    problems.push(...useless.map((field) => ({ field, expected: 'AUTH_MODE=jwt beside it, or no value' })));
  }
  return { identity: { mode: 'development' }, faults: addFound(problems, environment) };
}

function readJwtConfig(environment: Environment): { identity: IdentityConfig; faults: readonly Fault[] } {
  const { JWT_SECRET: secret, JWT_JWKS_URL: jwksUrl, JWT_ISSUER: issuer, JWT_AUDIENCE: audience } = environment;
  const usual = secret ? 'HS256' : USUAL_ALGORITHMS;
  const algorithms = (environment.JWT_ALGORITHMS || usual).split(',').map((name) => name.trim());
  const problems = [
    ...checkKeys(secret, jwksUrl),
    ...checkAlgorithms(algorithms, secret ? ['HS256'] : KEY_SET_ALGORITHMS),
  ];
  if (!issuer) problems.push({ field: 'JWT_ISSUER', expected: 'the claim iss of your tokens, as AUTH_MODE is jwt' });
  if (!audience)
    problems.push({ field: 'JWT_AUDIENCE', expected: 'the claim aud of your tokens, as AUTH_MODE is jwt' });
  const identity = {
    mode: 'jwt' as const,
    keys: Object.freeze(secret ? { secret } : { jwksUrl: jwksUrl ?? '' }),
    algorithms: Object.freeze(algorithms),
    issuer: issuer ?? '',
    audience: audience ?? '',
  };
  return { identity, faults: addFound(problems, environment) };
}

function checkKeys(secret: string | undefined, jwksUrl: string | undefined): Problem[] {
  const problems: Problem[] = [];
  if (!secret && !jwksUrl) {
    problems.push({ field: 'JWT_JWKS_URL', expected: 'the URL of a key set, or a JWT_SECRET, as AUTH_MODE is jwt' });
  }
  if (secret && jwksUrl) problems.push({ field: 'JWT_SECRET', expected: 'no value beside a JWT_JWKS_URL' });
  if (secret && Buffer.byteLength(secret) < SHORTEST_SECRET) {
    problems.push({
      field: 'JWT_SECRET',
      expected: `at least ${SHORTEST_SECRET} bytes, such as openssl rand -hex 32 makes`,
    });
  }
  if (jwksUrl && !isPlainUrl(jwksUrl)) {
    problems.push({ field: 'JWT_JWKS_URL', expected: 'a URL such as https://issuer/jwks.json, without a password' });
  }
  return problems;
}

function checkAlgorithms(algorithms: readonly string[], allowed: readonly string[]): Problem[] {
  if (algorithms.every((name) => allowed.includes(name))) return [];
  return [{ field: 'JWT_ALGORITHMS', expected: `names out of ${allowed.join(', ')}, with commas between them` }];
}

function isPlainUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return /^https?:$/.test(protocol) && !username && !password;
}

function addFound(problems: readonly Problem[], environment: Environment): readonly Fault[] {
  return problems.map(({ field, expected }) => ({
    field,
    expected,
    found: describeSetting(field, environment[field]),
  }));
}

function describeSetting(field: string, value: string | undefined): string {
  if (!value) return 'nothing';
  return field === 'JWT_SECRET' || field === 'JWT_JWKS_URL' ? 'something else (not shown)' : describeFound(value);
}
