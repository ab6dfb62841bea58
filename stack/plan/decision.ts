/** A value the plan chose, why, and where the rule comes from. */
export interface Decision {
  /** What was decided, for example `pgbouncer.poolSize`. */
  readonly field: string;
  readonly value: string | number | boolean;
  /** One sentence a person who runs the stack can check. */
  readonly reason: string;
  /** `spec` when the author set it; otherwise the table, formula or document it follows. */
  readonly source: string;
}
