import type { Change } from '../domain/change.ts';
import { type Snapshot, writeSubscribed } from './catch-up.ts';
import type { FeedHost } from './feed-host.ts';
import { HeldChanges } from './held-changes.ts';
import { RecentFrames, type VersionedFrame } from './recent-frames.ts';
import type { Position, Subscription } from './subscription.ts';
import { encodeTextFrame } from './text-frame.ts';

const MESSAGE = '{"type":"message",';
const TRIMMED = '{"type":"history.trimmed",';

/**
 * A conversation as the subscribers of this process follow it. Its position grows version by version:
 *
 *   change ──version ≤ position──▶ known already (an echo, a repetition): nothing
 *          ──the next, as JSON──▶ told to all, and with it those that were held behind it
 *          ──the next, and who takes part changed with it──▶ held until the database has said who takes part
 *          ──anything else──▶ held; if the missing ones do not come within a moment, the database is asked
 *
 * Invariants
 *  1. A subscriber gets each version at most once and in order: what is told is newer than its position, which then is that.
 *  2. Versions have no gaps, so a position says that nothing before it is missing. A gap is filled from one snapshot of the
 *     database and never stepped over.
 *  3. `participants` are those of the position or newer. A version that changes them is not passed before they were read, and
 *     whoever is not among them is out first: neither that version nor a later one is written to them.
 */
export class ConversationFeed {
  readonly id: string;
  readonly #host: FeedHost;
  readonly #live = new Set<Subscription>();
  readonly #held = new HeldChanges();
  /** What was told lately, kept while somebody is joining. */
  readonly #recent = new RecentFrames();
  #participants: ReadonlySet<string> = new Set();
  #participantsAt = -1;
  /** The position; -1 until the first snapshot. */
  #version = -1;
  #seq = 0;
  #firstSeq = 0;
  /** The newest version that was heard of. */
  #announced = 0;
  /** Told, and to be written at the end of this turn. */
  #unwritten: VersionedFrame[] = [];

  constructor(id: string, host: FeedHost) {
    this.id = id;
    this.#host = host;
  }

  /** Whether it has a position, which it has from the first snapshot on. */
  get isLoaded(): boolean {
    return this.#version >= 0;
  }

  get position(): Position {
    return { seq: this.#seq, version: this.#version };
  }

  /** The newest version that was heard of; greater than the position while something is missing. */
  get announced(): number {
    return this.#announced;
  }

  get isBehind(): boolean {
    return this.isLoaded && this.#announced > this.#version;
  }

  /** Nobody follows it, and nobody is about to. */
  get isIdle(): boolean {
    return this.#live.size === 0 && this.#recent.readers === 0;
  }

  get participants(): ReadonlySet<string> {
    return this.#participants;
  }

  get subscribers(): ReadonlySet<Subscription> {
    return this.#live;
  }

  /** Hears of a change: of this process, of another one through Redis, or only that there is such a version. */
  hear(change: Change): void {
    if (change.version <= this.#version) return;
    this.#announced = Math.max(this.#announced, change.version);
    this.#held.add(change);
    if (!this.isLoaded) return;
    this.#tellHeld();
    this.#askForMissing();
  }

  /** Somebody is about to join: what is told from now on is kept, until `stopJoining`. */
  startJoining(): void {
    this.#recent.open(this.#version);
  }

  stopJoining(): void {
    this.#recent.release();
  }

  /**
   * Lets somebody in who was told everything up to a snapshot and is among its participants, or ends it for who was removed
   * since. False: the feed is further than what was kept since, so the gap after the snapshot is to be read.
   */
  join(subscription: Subscription, snapshot: Snapshot): boolean {
    if (!this.isLoaded) this.#begin(snapshot);
    this.flush();
    this.#takeParticipants(snapshot);
    if (!this.#participants.has(subscription.userId)) {
      this.#remove(subscription); // by a change after the snapshot
      return true;
    }
    const missed = this.#recent.since(snapshot.version, this.#version);
    if (!missed) return false;
    for (const { frame } of missed) subscription.connection.send(frame);
    this.#host.countDeliveries(missed.length);
    this.#enter(subscription, { seq: snapshot.seq, version: snapshot.version });
    this.hear({ conversationId: this.id, version: snapshot.version });
    return true;
  }

  /** Lets somebody in who is where the feed is, or wants to be. False: the database is to be asked. */
  joinHere(subscription: Subscription, from: Position | undefined): boolean {
    if (!this.isLoaded || this.isBehind || !this.#participants.has(subscription.userId)) return false;
    if (from && (from.seq !== this.#seq || from.version !== this.#version)) return false;
    this.flush();
    const { position } = this;
    const snapshot = { ...position, firstSeq: this.#firstSeq, participantIds: [], missed: [] };
    subscription.connection.send(encodeTextFrame(writeSubscribed(this.id, snapshot, position)));
    this.#enter(subscription, position);
    return true;
  }

  /** Somebody follows no longer. What was told before is still written. */
  leave(subscription: Subscription): void {
    if (subscription.connection.isOpen) this.flush();
    subscription.state = 'ended';
    this.#live.delete(subscription);
  }

  /**
   * Takes a snapshot that was read from the position at some moment; `announced` is what was known at that moment. A database
   * that knows less has gone back, to a backup: everybody is told to read again.
   */
  catchUp(snapshot: Snapshot, announced: number): void {
    this.flush();
    if (snapshot.version < announced) {
      this.#announced = snapshot.version;
      this.#held.dropUntil(Number.POSITIVE_INFINITY);
    }
    if (snapshot.version < Math.min(announced, this.#version)) {
      this.#goBack(snapshot);
      return;
    }
    this.#takeParticipants(snapshot);
    this.#tellHeld(); // what came by itself meanwhile is told as the event that it is
    if (snapshot.version > this.#version) this.#tellMissed(snapshot);
    this.#tellHeld();
    this.#askForMissing();
  }

  /** The conversation is gone, so nobody takes part any more. */
  end(): void {
    this.flush();
    for (const subscription of this.#live) this.#remove(subscription);
  }

  /** Writes news to all who follow, except the user it is about; answers to how many. */
  tellNews(frame: Buffer, aboutUserId: string | undefined): number {
    let count = 0;
    for (const { userId, connection } of this.#live) {
      if (userId === aboutUserId) continue;
      connection.writeNews(frame);
      count += 1;
    }
    return count;
  }

  /** Writes what was told in this turn: to nearly everybody the same bytes in one piece; `isGathered`: not before the turn's end. */
  flush(isGathered = false): void {
    const frames = this.#unwritten;
    const [first] = frames;
    if (!first) return;
    this.#unwritten = [];
    const all = frames.length === 1 ? first.frame : Buffer.concat(frames.map(({ frame }) => frame));
    let count = 0;
    for (const { position, connection } of this.#live) {
      if (isGathered) connection.cork();
      if (position.version < first.version) {
        connection.write(all);
        count += frames.length;
        continue;
      }
      for (const { version, frame } of frames) {
        if (version <= position.version) continue;
        connection.write(frame);
        count += 1;
      }
    }
    this.#host.countDeliveries(count);
  }

  #begin(snapshot: Snapshot): void {
    this.#moveTo(snapshot);
    this.#takeParticipants(snapshot);
    this.#tellHeld();
    this.#askForMissing();
  }

  #enter(subscription: Subscription, position: Position): void {
    subscription.position = position;
    subscription.state = 'live';
    this.#live.add(subscription);
  }

  #tellHeld(): void {
    if (this.#held.isEmpty) return;
    for (let next = this.#held.find(this.#version + 1); next; next = this.#held.find(this.#version + 1)) {
      if (next.changesParticipants && this.#participantsAt < next.version) break;
      this.#tell(next.version, next.json as string);
    }
    this.#held.dropUntil(this.#version);
  }

  #tell(version: number, json: string): void {
    this.#version = version;
    if (json.startsWith(MESSAGE)) this.#seq += 1;
    else if (json.startsWith(TRIMMED)) this.#firstSeq = JSON.parse(json).firstSeq;
    const versioned = { version, frame: encodeTextFrame(json) };
    this.#recent.push(versioned);
    this.#unwritten.push(versioned);
    if (this.#unwritten.length === 1) this.#host.flushSoon(this);
  }

  #askForMissing(): void {
    if (!this.isBehind) return;
    // The next one is here and waits for who takes part: only the database can say.
    this.#host.fillGap(this, this.#held.find(this.#version + 1) ? 'now' : 'soon');
  }

  #tellMissed(snapshot: Snapshot): void {
    this.flush();
    const { position } = this;
    const frame = encodeTextFrame(writeSubscribed(this.id, snapshot, position));
    let count = 0;
    for (const subscription of this.#live) {
      const own = subscription.position;
      if (own.version >= snapshot.version) continue;
      const isAhead = own.version > position.version;
      subscription.connection.send(isAhead ? encodeTextFrame(writeSubscribed(this.id, snapshot, own)) : frame);
      count += 1;
    }
    this.#host.countDeliveries(count);
    this.#moveTo(snapshot);
  }

  #goBack(snapshot: Snapshot): void {
    const { seq, version } = snapshot;
    this.#participantsAt = -1;
    this.#moveTo(snapshot);
    this.#takeParticipants(snapshot);
    const frame = encodeTextFrame(writeSubscribed(this.id, { ...snapshot, missed: undefined }, snapshot));
    for (const subscription of this.#live) {
      subscription.position = { seq, version };
      subscription.connection.send(frame);
    }
  }

  #moveTo({ seq, version, firstSeq }: Snapshot): void {
    this.#seq = seq;
    this.#version = version;
    this.#firstSeq = firstSeq;
    this.#announced = Math.max(this.#announced, version);
    this.#held.dropUntil(version);
    this.#recent.jump(version);
  }

  #takeParticipants({ participantIds, version }: Snapshot): void {
    if (version <= this.#participantsAt) return;
    const before = this.#participants;
    this.#participantsAt = version;
    this.#participants = new Set(participantIds);
    this.#host.onParticipants(this, before);
    for (const subscription of this.#live) {
      const isKnown = this.#participants.has(subscription.userId);
      if (!isKnown && subscription.position.version <= version) this.#remove(subscription);
    }
  }

  #remove(subscription: Subscription): void {
    subscription.state = 'ended';
    this.#live.delete(subscription);
    subscription.connection.tell({ type: 'unsubscribed', conversationId: this.id, reason: 'not-a-participant' });
    this.#host.onRemoved(this, subscription);
  }
}
