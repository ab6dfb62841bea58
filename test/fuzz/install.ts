import { join } from 'node:path';
import { installFromPypi } from '../set-up/pypi.ts';

const REQUIREMENTS = join(import.meta.dirname, 'requirements.txt');

/** The program `schemathesis` with exactly the packages of requirements.txt. Throws Missing. */
export const installSchemathesis = (tell: (line: string) => void): string =>
  installFromPypi(
    {
      name: 'schemathesis',
      requirements: REQUIREMENTS,
      otherwise: 'run the small fuzz test that needs no Python: npx jest test/fuzz',
    },
    tell,
  );
