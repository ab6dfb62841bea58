import { readFileSync } from 'node:fs';

/** The version of the operator and of its command line. */
export const operatorVersion: string = JSON.parse(
  readFileSync(new URL('./package.json', import.meta.url), 'utf8'),
).version;
