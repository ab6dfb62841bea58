/** One request of a load. */
export type LoadRequest = { readonly path: string; readonly body?: string };

/** What a load generator is to do. */
export type LoadPlan = {
  readonly port: number;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  /** Each connection walks through them from a place of its own. */
  readonly requests: readonly LoadRequest[];
  readonly connections: number;
  readonly seconds: number;
  /** About so many requests per second of all connections together; as many as possible where it is absent. */
  readonly rate?: number;
};

/** What a load brought. */
export type LoadResult = {
  /** Answers with a status below 400. */
  readonly answers: number;
  readonly failures: number;
  readonly bytes: number;
  readonly seconds: number;
};
