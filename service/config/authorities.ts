import { readFileSync } from 'node:fs';

/**
 * The authorities of a file, as `tls.connect` takes them. It is read for each connection anew: it is replaced while the process runs,
 * whenever an authority is. A file that can't be read trusts nobody, so that the connection fails with its reason and is tried again.
 */
export function readAuthorities(file: string): string[] {
  try {
    return [readFileSync(file, 'utf8')];
  } catch {
    return [];
  }
}
