/**
 * A new id for a message, 128 bits of it random or nearly so. Browsers have `randomUUID` only on pages that came over HTTPS
 * or from this machine; elsewhere the same number of random bits is written in hexadecimal digits.
 */
export function makeClientMessageId(random: Pick<Crypto, 'getRandomValues'> & Partial<Crypto> = crypto): string {
  if (random.randomUUID) return random.randomUUID();
  const bytes = random.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
