import type { KubernetesObject } from '../runtime/object.ts';

/**
 * What the operator remembers of a stack between reconciles, so that an unchanged one is neither asked about nor written to.
 * All of it can be found out again: losing it at a restart costs a few reads.
 */
export interface StackMemory {
  /** uid of a pooler's pod → hash of the configuration it was seen to run. */
  readonly verifiedPoolers: Map<string, string>;
  /** How many times in a row some pooler didn't run the planned settings yet. */
  poolAttempts: number;
  /** A Secret that was read because no watch shows it: for which generation of the stack, and when (milliseconds since 1970). */
  readonly readSecrets: Map<
    string,
    { readonly generation: number; readonly at: number; readonly secret: KubernetesObject }
  >;
}

/** The memories of all stacks, by uid: a re-made stack of the same name starts with an empty one. */
export class StackMemories {
  readonly #byUid = new Map<string, StackMemory>();

  of(uid: string): StackMemory {
    const found = this.#byUid.get(uid);
    if (found) return found;
    const memory: StackMemory = { verifiedPoolers: new Map(), poolAttempts: 0, readSecrets: new Map() };
    this.#byUid.set(uid, memory);
    return memory;
  }

  /** Forgets the stacks that are no longer there. */
  retain(uids: ReadonlySet<string>): void {
    for (const uid of this.#byUid.keys()) if (!uids.has(uid)) this.#byUid.delete(uid);
  }

  get size(): number {
    return this.#byUid.size;
  }
}
