import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Change, writeMessageEvent } from '../domain/change.ts';
import { follow } from '../testing/follower.ts';
import { type MissedMessage, type Snapshot, writeSubscribed } from './catch-up.ts';
import type { Connection } from './connection.ts';
import { ConversationFeed } from './conversation-feed.ts';
import type { ServerFrame } from './frames.ts';
import { type Position, Subscription } from './subscription.ts';
import { encodeTextFrame } from './text-frame.ts';

const ID = 'conv-1';
const USERS = ['ann', 'ben', 'cat'];

/** A conversation as the database has it: what each version changed. */
class PlayedDatabase {
  readonly changes: Change[] = [];
  readonly messages: { json: string; changedVersion: number }[] = [];
  readonly participants = new Set(USERS);
  /** The version that removed a user last. */
  readonly removedAt = new Map<string, number>();

  get version(): number {
    return this.changes.length;
  }

  send(isSystem = false): void {
    const seq = this.messages.length + 1;
    this.messages.push({ json: writeMessage(seq, `${seq}`), changedVersion: 0 });
    this.#record('message', seq, isSystem);
  }

  edit(pick: number): void {
    const seq = (pick % Math.max(this.messages.length, 1)) + 1;
    const message = this.messages[seq - 1];
    if (!message) return;
    message.json = writeMessage(seq, `${seq} changed by ${this.version + 1}`);
    message.changedVersion = this.version + 1;
    this.#record('message.changed', seq, false);
  }

  toggle(user: string): void {
    if (this.participants.delete(user)) this.removedAt.set(user, this.version + 1);
    else this.participants.add(user);
    this.send(true);
  }

  read(from: Position | undefined): Snapshot {
    const all = this.messages.map(
      ({ json, changedVersion }, index): MissedMessage => ({ seq: index + 1, changedVersion, json }),
    );
    const missed = all.filter(({ seq, changedVersion }) => from && (seq > from.seq || changedVersion > from.version));
    const { version } = this;
    return {
      version,
      seq: all.length,
      firstSeq: Math.min(1, all.length),
      participantIds: [...this.participants],
      missed,
    };
  }

  #record(type: 'message' | 'message.changed', seq: number, changesParticipants: boolean): void {
    const version = this.version + 1;
    const json = writeMessageEvent(type, ID, version, this.messages[seq - 1]?.json ?? '');
    this.changes.push({ conversationId: ID, version, json, changesParticipants });
  }
}

function writeMessage(seq: number, content: string): string {
  return JSON.stringify({ id: `m${seq}`, conversationId: ID, seq, userId: 'ann', content });
}

/** A socket that keeps what it was written; `position` is where its owner was before. */
class PlayedSocket {
  readonly frames: ServerFrame[] = [];
  readonly isOpen = true;

  write(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; ) {
      const short = bytes[at + 1] as number;
      const [start, length] = short === 126 ? [at + 4, bytes.readUInt16BE(at + 2)] : [at + 2, short];
      this.frames.push(JSON.parse(bytes.toString('utf8', start, start + length)));
      at = start + length;
    }
  }

  send(bytes: Buffer): void {
    this.write(bytes);
  }

  tell(frame: ServerFrame): void {
    this.frames.push(frame);
  }

  cork(): void {}
}

type Joining = { subscription: Subscription; snapshot: Snapshot; from: Position };

/** The feed with a hub that does everything only when the experiment says so. */
class Experiment {
  readonly database = new PlayedDatabase();
  readonly sockets: { socket: PlayedSocket; subscription: Subscription }[] = [];
  readonly #joining: Joining[] = [];
  readonly #reads: { snapshot: Snapshot; announced: number }[] = [];
  readonly #feed = new ConversationFeed(ID, {
    flushSoon: () => undefined,
    fillGap: () => undefined,
    countDeliveries: () => undefined,
    onParticipants: () => undefined,
    onRemoved: () => undefined,
  });

  announce(pick: number, isBare: boolean): void {
    const change = this.database.changes[pick % Math.max(this.database.version, 1)];
    if (!change) return;
    this.#feed.hear(isBare ? { conversationId: ID, version: change.version } : change);
  }

  /** Somebody who knows nothing, or was here before, reads the gap. */
  startJoining(user: string): void {
    if (!this.database.participants.has(user)) return;
    const socket = new PlayedSocket();
    const subscription = new Subscription(socket as unknown as Connection, user);
    this.#feed.startJoining();
    this.sockets.push({ socket, subscription });
    const from = { seq: 0, version: 0 };
    this.#joining.push({ subscription, snapshot: this.database.read(from), from });
  }

  /** The read is answered, however long ago it was: as the hub does it. */
  finishJoining(pick: number): void {
    const [joining] = this.#joining.splice(pick % Math.max(this.#joining.length, 1), 1);
    if (!joining) return;
    const { subscription, from } = joining;
    for (let { snapshot } = joining, position = from; ; snapshot = this.database.read(position)) {
      if (!snapshot.participantIds.includes(subscription.userId)) {
        subscription.connection.tell({ type: 'unsubscribed', conversationId: ID, reason: 'not-a-participant' });
        break;
      }
      subscription.connection.send(encodeTextFrame(writeSubscribed(ID, snapshot, position)));
      if (this.#feed.join(subscription, snapshot)) break;
      position = { seq: snapshot.seq, version: snapshot.version };
    }
    this.#feed.stopJoining();
  }

  startRead(): void {
    if (!this.#feed.isBehind) return;
    this.#reads.push({ snapshot: this.database.read(this.#feed.position), announced: this.#feed.announced });
  }

  /** The hub has one read of a feed under way at a time. */
  finishRead(): void {
    const [read] = this.#reads.splice(0);
    if (read) this.#feed.catchUp(read.snapshot, read.announced);
  }

  flush(): void {
    this.#feed.flush();
  }

  /** Everything that is under way comes to its end, and the feed learns the newest version, as by a comparison. */
  settle(): void {
    while (this.#joining.length > 0) this.finishJoining(0);
    this.finishRead();
    this.#feed.hear({ conversationId: ID, version: this.database.version });
    while (this.#feed.isLoaded && this.#feed.isBehind) {
      this.startRead();
      this.finishRead();
    }
    this.flush();
  }

  check(): void {
    const { database } = this;
    for (const { socket, subscription } of this.sockets) {
      const { version, contents } = follow(socket.frames, ID); // expects order, uniqueness, no gap
      if (subscription.state === 'live') {
        expect(database.participants).toContain(subscription.userId);
        expect(version).toBe(database.version);
        const expected = database.messages.map(({ json }) => JSON.parse(json).content);
        expect([...contents.entries()].sort(([one], [other]) => one - other).map(([, content]) => content)).toEqual(
          expected,
        );
      } else {
        expect(socket.frames.at(-1)?.type).toBe('unsubscribed');
        expect(version).toBeLessThan(database.removedAt.get(subscription.userId) ?? 0);
      }
    }
  }
}

const step = fc.oneof(
  { weight: 4, arbitrary: fc.constant((experiment: Experiment) => experiment.database.send()) },
  { weight: 2, arbitrary: fc.nat(50).map((pick) => (experiment: Experiment) => experiment.database.edit(pick)) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(...USERS).map((user) => (experiment: Experiment) => experiment.database.toggle(user)),
  },
  {
    weight: 10,
    arbitrary: fc.tuple(fc.nat(50), fc.boolean()).map(
      ([pick, isBare]) =>
        (experiment: Experiment) =>
          experiment.announce(pick, isBare),
    ),
  },
  // In order, as most come.
  {
    weight: 8,
    arbitrary: fc.constant((experiment: Experiment) => experiment.announce(experiment.database.version - 1, false)),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(...USERS).map((user) => (experiment: Experiment) => experiment.startJoining(user)),
  },
  { weight: 2, arbitrary: fc.nat(5).map((pick) => (experiment: Experiment) => experiment.finishJoining(pick)) },
  { weight: 2, arbitrary: fc.constant((experiment: Experiment) => experiment.startRead()) },
  { weight: 2, arbitrary: fc.constant((experiment: Experiment) => experiment.finishRead()) },
  { weight: 3, arbitrary: fc.constant((experiment: Experiment) => experiment.flush()) },
);

describe('a feed', () => {
  test('lets nobody in who was removed while the gap was read', () => {
    const experiment = new Experiment();
    experiment.startJoining('ann');
    experiment.finishJoining(0);
    experiment.startJoining('ben');
    experiment.database.toggle('ben');
    experiment.announce(0, false);
    experiment.startRead();
    experiment.finishRead();
    experiment.settle();
    experiment.check();
    expect(experiment.sockets[1]?.socket.frames.map(({ type }) => type)).toEqual(['subscribed', 'unsubscribed']);
  });

  test('tells each follower everything once and in order, whatever is announced late, twice, barely or never', () => {
    const experiments = fc.property(fc.array(step, { minLength: 5, maxLength: 120 }), (steps) => {
      const experiment = new Experiment();
      for (const take of steps) take(experiment);
      experiment.settle();
      experiment.check();
    });
    fc.assert(experiments, { numRuns: 2_000 });
  });
});
