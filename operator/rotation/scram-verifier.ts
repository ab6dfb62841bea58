import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';

/** Iterations of PBKDF2, as `scram_iterations` of Postgres has them. */
const iterations = 4096;

/**
 * What Postgres stores of a password of ASCII characters (RFC 5803), so that neither its log nor anybody on the way sees the password itself.
 * `salt`: 16 random bytes.
 */
export function buildScramVerifier(password: string, salt: Buffer): string {
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256');
  const keyOf = (name: string) => createHmac('sha256', salted).update(name).digest();
  const stored = createHash('sha256').update(keyOf('Client Key')).digest('base64');
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${stored}:${keyOf('Server Key').toString('base64')}`;
}
