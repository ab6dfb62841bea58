import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';

/** A key pair of an issuer; `jwk` is what the issuer publishes of it. */
export type SigningKey = { readonly alg: string; readonly privateKey: CryptoKey; readonly jwk: JWK };

/** A server of key sets on 127.0.0.1. */
export type KeyServer = {
  readonly url: string;
  /** How often keys were asked for. */
  readonly asked: number;
  publish(...keys: readonly SigningKey[]): void;
  /** From now on: answers with keys, with a 500, with text that is no key set, or not at all. */
  behave(way: 'well' | 'failing' | 'garbled' | 'silent'): void;
  /** Ends listening, as a crash would; `restart` listens on the same port again. */
  kill(): Promise<void>;
  restart(): Promise<void>;
};

/** What a token says, also of wrong types. */
export type Claims = Readonly<Record<string, unknown>>;

/** What a token says unless told otherwise. */
export const USUAL_CLAIMS = { iss: 'https://issuer.test', aud: 'chat', sub: 'user-1' };

/** Makes a key pair; without a kid its tokens do not name it. */
export async function createSigningKey(alg: string, kid?: string): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { alg, privateKey, jwk: { ...(await exportJWK(publicKey)), alg, ...(kid ? { kid } : {}) } };
}

/** Signs a token that lives five minutes, with the usual claims but for those given; undefined leaves one out. */
export function signToken({ alg, privateKey, jwk }: SigningKey, claims: Claims = {}): Promise<string> {
  return buildToken(claims)
    .setProtectedHeader({ alg, ...(jwk.kid ? { kid: jwk.kid } : {}) })
    .sign(privateKey);
}

/** The same with a shared secret. */
export function signWithSecret(secret: string | Uint8Array, claims: Claims = {}): Promise<string> {
  const key = typeof secret === 'string' ? new TextEncoder().encode(secret) : secret;
  return buildToken(claims).setProtectedHeader({ alg: 'HS256' }).sign(key);
}

function buildToken(claims: Claims): SignJWT {
  const exp = Math.floor(Date.now() / 1_000) + 300;
  const all = Object.entries({ ...USUAL_CLAIMS, exp, ...claims });
  return new SignJWT(Object.fromEntries(all.filter(([, value]) => value !== undefined)));
}

/** Starts a server of key sets on a free port. */
export async function startKeyServer(): Promise<KeyServer> {
  let keys: readonly JWK[] = [];
  let way: Parameters<KeyServer['behave']>[0] = 'well';
  let asked = 0;
  const server = createServer((_request, response) => {
    asked += 1;
    if (way === 'silent') return;
    response.statusCode = way === 'failing' ? 500 : 200;
    response.end(way === 'garbled' ? '{"keys":"none"}' : JSON.stringify({ keys }));
  });
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const port = await listen(0);
  return {
    url: `http://127.0.0.1:${port}/jwks.json`,
    get asked() {
      return asked;
    },
    publish: (...published) => {
      keys = published.map(({ jwk }) => jwk);
    },
    behave: (next) => {
      way = next;
    },
    kill: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
    restart: async () => void (await listen(port)),
  };
}
