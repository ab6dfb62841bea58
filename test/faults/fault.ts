import type { Scene } from './scene.ts';

/** The families of faults, in the order in which they are done. */
export const FAMILIES = ['kill -9', 'delete', 'full', 'frozen', 'cut off', 'operator', 'change'] as const;

/** What a fault has in common with others. */
export type Family = (typeof FAMILIES)[number];

/** Something that is done to a stack under load. */
export type Fault = {
  /** Short, and unlike any other: it is chosen by it. */
  readonly name: string;
  readonly family: Family;
  /** What is done, as a sentence. */
  readonly what: string;
  /** What clients see of it and why, in a sentence or two. */
  readonly why: string;
  /** How long it lasts before it is ended, in seconds; without it there is nothing to end. */
  readonly holdSeconds?: number;
  /** Whether not a single request may fail. */
  readonly isSeamless?: boolean;
  /** Before the load begins. */
  prepare?(scene: Scene): Promise<void>;
  /** Does it. What it answers is a figure for the report, such as how long something took. */
  inject(scene: Scene): Promise<string | undefined>;
  /** Ends it: not a repair, but the end of what was done. */
  heal?(scene: Scene): Promise<void>;
  /** After everything was measured: makes the stack what it was. */
  restore?(scene: Scene): Promise<void>;
};
