import { ApiError } from '../../runtime/api-error.ts';

/** What a check found. Only an error makes `chatstack doctor` exit with 1. */
export interface Finding {
  readonly subject: string;
  readonly level: 'fine' | 'note' | 'warning' | 'error';
  readonly message: string;
  /** What to do; set for warnings and errors. */
  readonly remedy?: string;
}

/** A check: what it is about, and the looking. */
export interface Check<Context> {
  readonly subject: string;
  run(context: Context): Promise<readonly Omit<Finding, 'subject'>[]>;
}

/** Nothing to do. */
export const fine = (message: string): Omit<Finding, 'subject'> => ({ level: 'fine', message });
/** Something to know. */
export const note = (message: string): Omit<Finding, 'subject'> => ({ level: 'note', message });
/** Something that may become trouble. */
export const warning = (message: string, remedy: string): Omit<Finding, 'subject'> => ({
  level: 'warning',
  message,
  remedy,
});
/** Something that keeps stacks from working. */
export const failure = (message: string, remedy: string): Omit<Finding, 'subject'> => ({
  level: 'error',
  message,
  remedy,
});

/** Runs checks side by side. One that may not look is a note: the right to everything is not needed for the rest. */
export async function runChecks<Context>(checks: readonly Check<Context>[], context: Context): Promise<Finding[]> {
  const found = await Promise.all(
    checks.map(async ({ subject, run }) => {
      const findings = await run(context).catch((error: unknown) => {
        if (error instanceof ApiError && error.status === 403) return [note(`can't be looked at: ${error.message}`)];
        throw error;
      });
      return findings.map((each) => ({ subject, ...each }));
    }),
  );
  return found.flat();
}
