import { isDeepStrictEqual } from 'node:util';
import type { Block, LoadRun } from '../results/load-run.ts';
import { writeRun } from '../results/run-file.ts';
import type { BlockName } from './blocks/measure.ts';
import type { Configuration } from './stacks/stack.ts';

/** How often a void block is tried in all. */
const tries = 2;

/** The raw data of a run as they grow; the file has them after each block. */
export class Recording {
  readonly path: string;
  #run: LoadRun;

  constructor(path: string, run: LoadRun) {
    this.path = path;
    this.#run = run;
  }

  get blocks(): readonly Block[] {
    return this.#run.blocks;
  }

  /**
   * The blocks of a measurement that need not be made again: as many as it has spans, with these targets; or undefined. One that was void is
   * made again as long as it was not tried twice.
   */
  find(first: BlockName, targets: readonly Block['target'][]): readonly Block[] | undefined {
    const found = targets.map((target, index) =>
      this.#run.blocks.filter(
        (block) =>
          block.scenario === first.scenario &&
          block.configuration === first.configuration &&
          block.repetition === first.repetition + index &&
          block.target.arrivalRate === target.arrivalRate &&
          block.target.connections === target.connections,
      ),
    );
    const last = found.map((all) => all.find((block) => block.void === undefined) ?? all.at(-1));
    if (!last.every((block): block is Block => block !== undefined)) return undefined;
    const isGood = last.every((block) => block.void === undefined);
    return isGood || found.every((all) => all.length >= tries) ? last : undefined;
  }

  add(blocks: readonly Block[]): void {
    this.#change({ blocks: [...this.#run.blocks, ...blocks] });
  }

  /** Takes over what a configuration is, in place of what was known of it; what is known already costs no write. */
  describe(configuration: Configuration): void {
    if (this.#run.configurations.some((known) => isDeepStrictEqual(known, configuration))) return;
    const others = this.#run.configurations.filter(({ name }) => name !== configuration.name);
    this.#change({ configurations: [...others, configuration] });
  }

  end(state: 'interrupted' | 'complete'): void {
    this.#change({ state, endedAt: new Date().toISOString() });
  }

  #change(changes: Partial<LoadRun>): void {
    this.#run = { ...this.#run, ...changes };
    writeRun(this.path, this.#run);
  }
}
