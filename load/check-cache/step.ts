/** The five steps, in order. */
export const STEP_NAMES = ['initial', 'first read', 'second read', 'send', 'third read'] as const;
/** One of them. */
export type StepName = (typeof STEP_NAMES)[number];

/** What each step must find when nobody else touches the page. */
export const EXPECTED: Record<StepName, string> = {
  initial: 'healthy cache with counters',
  'first read': 'MISS',
  'second read': 'HIT, the same page',
  send: 'a newer version',
  'third read': 'MISS, with the sent message',
};

/**
 * What a judge says of one step: it is so; it is not so (with where to look); or it was disturbed: other traffic
 * explains what was found, and only another round on another page can tell.
 */
export type Verdict =
  | { kind: 'so'; found: string }
  | { kind: 'not so'; found: string; advice: string }
  | { kind: 'disturbed'; found: string; advice: string };

/** One step that was taken: its verdict and how long the service took, in milliseconds. */
export type StepResult = { name: StepName; verdict: Verdict; milliseconds: number };
