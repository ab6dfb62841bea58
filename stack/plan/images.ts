/** The images a stack runs when its spec names none. */
export interface StackImages {
  readonly postgres: string;
  readonly pgbouncer: string;
  readonly redis: string;
  readonly service: string;
}

/** The images this version of ChatStack was tested with. An operator may be started with another service image. */
export const defaultImages: StackImages = {
  postgres: 'postgres:18',
  pgbouncer: 'ghcr.io/cloudnative-pg/pgbouncer:1.26.1',
  redis: 'redis:8.0',
  service: 'ghcr.io/chatstack/service:0.1.0',
};

/**
 * Users (uid and gid) of the programs in those images. They are named explicitly, because volumes belong to a number and Pod
 * Security asks for one that is not root.
 */
export const imageUsers: { readonly [name in keyof StackImages]: number } = {
  postgres: 999,
  pgbouncer: 998,
  redis: 999,
  service: 1000,
};
