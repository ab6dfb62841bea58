/** A Postgres that somebody else runs, and how its login is tried. */
export interface ServerTarget {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  readonly tls: {
    readonly mode: 'Disable' | 'Prefer' | 'Require' | 'VerifyFull';
    /** Certificate of the authority, in PEM; with VerifyFull. */
    readonly authority?: string;
  };
  /** Bound of each stage: the name, the connection, the login, the question. Milliseconds. */
  readonly timeoutMilliseconds: number;
}

/** What was read from a server that can be used. */
export interface ServerFacts {
  /** Such as `17.4`. */
  readonly version: string;
  /** Connections it takes, of this role and database where they have a limit of their own. */
  readonly maxConnections: number;
  /** Those of them that are not for ordinary users. */
  readonly reservedConnections: number;
}

/** Whether a stack can work with a server. */
export type ServerCheck =
  | { readonly kind: 'usable'; readonly facts: ServerFacts }
  | {
      readonly kind: 'unusable';
      /** One CamelCase word, for conditions. */
      readonly reason: string;
      /** Expected, found, what to do. */
      readonly message: string;
    };

/** An answer that stands against a server. */
export const unusable = (reason: string, message: string): ServerCheck => ({ kind: 'unusable', reason, message });
