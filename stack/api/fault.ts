/** One thing wrong with a ChatStack, in the words its author needs. */
export interface Fault {
  /** Where: the path of the field as one writes it, for example `spec.pgbouncer.poolSize`. */
  readonly path: string;
  /** What would have been right. */
  readonly expected: string;
  /** What was there instead. */
  readonly found: string;
  /** What to do about it. */
  readonly remedy: string;
}

/** A fault as one sentence, the form used in conditions, Events and on the command line. */
export const formatFault = (fault: Fault): string =>
  `${fault.path}: expected ${fault.expected}, found ${fault.found}; ${fault.remedy}`;

/** All faults, one a line. */
export const formatFaults = (faults: readonly Fault[]): string => faults.map(formatFault).join('\n');
