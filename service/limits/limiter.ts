/** What is limited apart from each other. */
export type LimitClass = 'send' | 'write' | 'read' | 'search' | 'create' | 'connect';

/** Bounds how often each user may ask for something. */
export type Limiter = {
  /** Takes one point of a user's budget for a class of requests. */
  consume(limit: LimitClass, userId: string): Promise<void>;
  /** In this process alone, for the fast lane: whether a request may be answered now. */
  consumeLocally(limit: LimitClass, userId: string): boolean;
};

/** Limits nobody. */
export const UNLIMITED: Limiter = { consume: async () => undefined, consumeLocally: () => true };
