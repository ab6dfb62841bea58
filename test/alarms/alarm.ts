import type { Severity } from '@chatstack/dashboards/alerts/alert.ts';
import type { Scene } from '../faults/scene.ts';

/** An alert by what tells it from others: rules of one name differ in severity, those of objectives in the window that they look at, too. */
export type AlertName = { readonly alert: string; readonly severity: Severity; readonly window?: string };

/**
 * The stacks that are broken side by side. What is done to the first five comes one after the other; on the next two, lanes go on beside each
 * other. The third has a volume that can be filled, the fifth has certificates of an hour, the sixth poolers that take a hundred clients.
 */
export type StackName = 'first' | 'second' | 'third' | 'fourth' | 'fifth' | 'sixth' | 'seventh' | 'eighth';

/** Something that is done to a stack and goes on until the alerts on it fire. */
export type Alarm = {
  /** Short, and unlike any other: it is chosen by it. */
  readonly name: string;
  /** What is done, as a sentence. */
  readonly what: string;
  readonly stack: StackName;
  /** Faults of one lane come one after the other, those of different lanes of a stack do not disturb each other and go on at once. */
  readonly lane?: string;
  /** No operator looks after any stack meanwhile: it is done when all others are over. */
  readonly isAlone?: true;
  /** What must fire. The first is what the fault is about, and its end is waited for. */
  readonly expects: readonly [AlertName, ...AlertName[]];
  /**
   * How long it takes beyond what the rules of the beginning say, in seconds: alerts on an age wait for the age as well, and some
   * rules come with the fault.
   */
  readonly seconds?: number;
  /** Does it. What has to be done again and again stops with `ended`. */
  begin(scene: Scene, ended: AbortSignal): Promise<void>;
  /** Ends it, also where it had hardly begun. */
  end?(scene: Scene): Promise<void>;
};
