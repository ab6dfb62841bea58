import type { ServerCheck, ServerFacts } from '../external-postgres/server-target.ts';
import { formatKey, type ObjectKey } from '../runtime/object.ts';

/**
 * What the operator remembers of a stack between reconciles, so that an unchanged one is neither asked about nor written to.
 * All of it can be found out again: losing it at a restart costs a few reads.
 */
export interface StackMemory {
  /** uid of a pooler's pod → hash of the configuration it was seen to run. */
  readonly verifiedPoolers: Map<string, string>;
  /** How many times in a row some pooler didn't run the planned settings yet. */
  poolAttempts: number;
  /** Names of the Secrets without our labels that the newest reconcile has read. */
  readonly secretsRead: Set<string>;
  /** uid of each pooler's pod that was asked and isn't paused, where its settings were not looked at. */
  readonly resumedPoolers: Set<string>;
  /** Since when poolers are left alone because Postgres is interrupted, in milliseconds since 1970; `paused` where that was our doing. */
  hold: { readonly since: number; readonly paused: boolean } | undefined;
  /** When the status was last written, in milliseconds since 1970; 0: not since the start. */
  statusWrittenAt: number;
  /** The content of its record, packed, where it was needed, and the version of the ConfigMap that it is of. */
  recorded: { readonly resourceVersion: string; readonly content: Buffer } | undefined;
  /** Whether Postgres had room on its disk when it last said so; undefined: not since the start. */
  room: 'free' | 'full' | undefined;
  /** The last check of its external Postgres, for which settings and when (milliseconds since 1970). */
  server:
    | {
        readonly revision: string;
        readonly at: number;
        readonly check: ServerCheck;
        readonly facts?: ServerFacts;
      }
    | undefined;
}

/** The memories of all stacks, one for each: a stack that is made again under its name starts with an empty one. */
export class StackMemories {
  readonly #byKey = new Map<string, { readonly uid: string; readonly memory: StackMemory }>();

  of(key: ObjectKey, uid: string): StackMemory {
    const found = this.#byKey.get(formatKey(key));
    if (found?.uid === uid) return found.memory;
    const memory: StackMemory = {
      verifiedPoolers: new Map(),
      poolAttempts: 0,
      resumedPoolers: new Set(),
      hold: undefined,
      secretsRead: new Set(),
      statusWrittenAt: 0,
      recorded: undefined,
      room: undefined,
      server: undefined,
    };
    this.#byKey.set(formatKey(key), { uid, memory });
    return memory;
  }

  /** Forgets a stack that is no longer there. */
  forget(key: ObjectKey): void {
    this.#byKey.delete(formatKey(key));
  }
}
