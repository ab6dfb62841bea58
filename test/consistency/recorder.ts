import type { FaultSpan, PagePlace, Read, ToldMessage, Write } from './history.ts';

type Page = { readonly messages: readonly ToldMessage[]; readonly version: number; readonly fromCache?: boolean };
type ReadAbout = Pick<Read, 'conversationId' | 'session' | 'minVersion'> & { readonly place: PagePlace };
type WriteAbout = Pick<Write, 'conversationId' | 'userId' | 'intent'>;

/** What was done and told, for the checker, with the figures that say whether anything was tested at all. */
export class Recorder {
  readonly writes: Write[] = [];
  readonly reads: Read[] = [];
  readonly faults: FaultSpan[] = [];
  /** Reads that a cache answered. */
  cached = 0;
  /** Operations without an answer. */
  unanswered = 0;

  /** Runs a write and records it; nothing means that nobody said yes. */
  async write(about: WriteAbout, run: () => Promise<Write['answer']>): Promise<void> {
    const start = performance.now();
    const answer = await run();
    const times = { start, end: performance.now() };
    if (answer) this.writes.push({ ...about, ...times, answer });
    else this.writes.push({ ...about, ...times });
    if (!answer) this.unanswered += 1;
  }

  /** Runs a read and records it; nothing means that no page was told. */
  async read(about: ReadAbout, run: () => Promise<Page | undefined>): Promise<void> {
    const start = performance.now();
    const page = await run();
    if (!page) {
      this.unanswered += 1;
      return;
    }
    const { version, messages } = page;
    this.reads.push({ ...about, start, end: performance.now(), version, messages });
    if (page.fromCache) this.cached += 1;
  }

  /** Writes that were acknowledged so far. */
  get acknowledged(): number {
    return this.writes.filter(({ answer }) => answer).length;
  }
}
