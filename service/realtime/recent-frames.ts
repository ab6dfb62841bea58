/** The encoded frame of a version. */
export type VersionedFrame = { readonly version: number; readonly frame: Buffer };

const MOST_FRAMES = 300;
const MOST_BYTES = 1_024 * 1_024;

/**
 * The newest frames of a conversation, kept only while somebody reads the gap before them. Bounded: the oldest go first, and
 * who would have needed them reads on from where that gap ended.
 */
export class RecentFrames {
  #readers = 0;
  #frames: VersionedFrame[] = [];
  #bytes = 0;
  /** Every version after this one that was told is here. */
  #start = 0;

  /** Those who may ask `since`. */
  get readers(): number {
    return this.#readers;
  }

  /** Keeps frames from now on, that is after `version`. */
  open(version: number): void {
    if (this.#readers === 0) this.jump(version);
    this.#readers += 1;
  }

  /** Ends what `open` began. */
  release(): void {
    this.#readers -= 1;
    if (this.#readers === 0) this.jump(0);
  }

  /** The frame of the next version. */
  push(frame: VersionedFrame): void {
    if (this.#readers === 0) return;
    this.#frames.push(frame);
    this.#bytes += frame.frame.length;
    while (this.#frames.length > MOST_FRAMES || this.#bytes > MOST_BYTES) {
      const oldest = this.#frames.shift() as VersionedFrame;
      this.#bytes -= oldest.frame.length;
      this.#start = oldest.version;
    }
  }

  /** Versions up to this one were told in another way. */
  jump(version: number): void {
    this.#frames = [];
    this.#bytes = 0;
    this.#start = version;
  }

  /** The frames after `from` up to the newest, which is `newest`; undefined where some are not kept (any more). */
  since(from: number, newest: number): readonly VersionedFrame[] | undefined {
    if (from >= newest) return [];
    return from < this.#start ? undefined : this.#frames.filter(({ version }) => version > from);
  }
}
