import { describe, expect, test } from '@jest/globals';
import { findLongestStaleness, findViolations } from './checker.ts';
import type { FinalState, History, Intent, PagePlace, Read, Rule, StreamEvent, ToldMessage, Write } from './history.ts';

const BOUNDS = { calm: 2_000, fault: 5_000 };
const ID = 'conv';

/** Three messages: sent at 0, 100, 200; each acknowledged 50 ms later. */
const message = (seq: number, more: Partial<ToldMessage> = {}): ToldMessage => ({
  id: `m${seq}`,
  seq,
  userId: 'ann',
  content: `text ${seq}`,
  ...more,
});
const sent = (seq: number, more: Partial<Write> = {}): Write => ({
  conversationId: ID,
  userId: 'ann',
  intent: { kind: 'send', content: `text ${seq}`, clientMessageId: `c${seq}` },
  start: seq * 100,
  end: seq * 100 + 50,
  answer: { message: message(seq), version: seq },
  ...more,
});
const changed = (intent: Intent, version: number, told: ToldMessage, more: Partial<Write> = {}): Write => ({
  conversationId: ID,
  userId: 'ann',
  intent,
  start: 500,
  end: 550,
  answer: { message: told, version },
  ...more,
});
const page = (version: number, messages: readonly ToldMessage[], more: Partial<Read> = {}): Read => ({
  conversationId: ID,
  session: 'reader',
  place: { limit: 50, offset: 0 },
  start: 1_000,
  end: 1_010,
  minVersion: 0,
  version,
  messages,
  ...more,
});
const newestFirst = (...seqs: number[]) => seqs.map((seq) => message(seq));
const ALL: FinalState = { version: 3, messages: [1, 2, 3].map((seq) => message(seq)) };
const WRITES = [sent(1), sent(2), sent(3)];

function rulesOf(history: Partial<History>, final = ALL): Rule[] {
  const whole = { writes: WRITES, reads: [], streams: [], faults: [], final: new Map([[ID, final]]), ...history };
  return [...new Set(findViolations(whole, BOUNDS).map(({ rule }) => rule))];
}
const finalOf = (version: number, ...messages: ToldMessage[]): FinalState => ({ version, messages });

describe('the checker finds nothing wrong with', () => {
  test('sends, pages of every kind, edits, reactions and deletions that are as they should be', () => {
    const edited = message(2, { content: 'better' });
    const liked = message(1, { reactions: { '👍': ['ben'] } });
    const gone = message(3, { content: '', deletedAt: 'now' });
    const places: [PagePlace, number[]][] = [
      [{ limit: 2, offset: 1 }, [2, 1]],
      [{ limit: 2, before: 3 }, [2, 1]],
      [{ limit: 1, after: 1 }, [2]],
      [{ limit: 3, around: 2 }, [3, 2, 1]],
      [{ limit: 5, offset: 7 }, []],
    ];
    const reads = [
      page(1, newestFirst(1)),
      page(3, newestFirst(3, 2, 1)),
      ...places.map(([place, seqs]) => page(3, newestFirst(...seqs), { place })),
      page(4, [message(3), edited, message(1)]),
      page(6, [gone, edited, liked], { minVersion: 4 }),
    ];
    const writes = [
      ...WRITES,
      changed({ kind: 'edit', messageId: 'm2', content: 'better' }, 4, edited),
      changed({ kind: 'react', messageId: 'm1', emoji: '👍' }, 5, liked, { userId: 'ben' }),
      changed({ kind: 'delete', messageId: 'm3' }, 6, gone),
    ];
    expect(rulesOf({ writes, reads }, finalOf(6, liked, edited, gone))).toEqual([]);
  });

  test('a send of unknown outcome, whether it is there or not', () => {
    const { answer: _lost, ...unknown } = sent(3);
    expect(rulesOf({ writes: [sent(1), sent(2), unknown] })).toEqual([]);
    expect(rulesOf({ writes: [sent(1), sent(2), unknown] }, finalOf(2, message(1), message(2)))).toEqual([]);
  });

  test('a send of unknown outcome that was seen, and then edited or deleted', () => {
    const { answer: _lost, ...unknown } = sent(3);
    const gone = message(3, { content: '', deletedAt: 'now' });
    const { answer: _too, ...unknownDelete } = changed({ kind: 'delete', messageId: 'm3' }, 4, gone);
    const reads = [page(3, newestFirst(3, 2, 1)), page(4, [gone, message(2), message(1)])];
    const final = finalOf(4, message(1), message(2), gone);
    for (const deletion of [unknownDelete, changed({ kind: 'delete', messageId: 'm3' }, 4, gone)])
      expect(rulesOf({ writes: [sent(1), sent(2), unknown, deletion], reads }, final)).toEqual([]);
    const better = message(3, { content: 'better' });
    const edit = changed({ kind: 'edit', messageId: 'm3', content: 'better' }, 4, better);
    expect(
      rulesOf(
        { writes: [sent(1), sent(2), unknown, edit], reads: [reads[0] as Read] },
        finalOf(4, message(1), message(2), better),
      ),
    ).toEqual([]);
  });

  test('a repeat that is answered with the first message and a newer version', () => {
    const repeat = sent(1, { start: 700, end: 750, answer: { message: message(1), version: 3 } });
    expect(rulesOf({ writes: [...WRITES, repeat] })).toEqual([]);
  });

  test('an edit of unknown outcome, whether a page shows it or not', () => {
    const { answer: _lost, ...edit } = changed({ kind: 'edit', messageId: 'm1', content: 'better' }, 4, message(1));
    const reads = [page(3, newestFirst(3, 2, 1)), page(4, [message(3), message(2), message(1, { content: 'better' })])];
    expect(
      rulesOf(
        { writes: [...WRITES, edit], reads },
        finalOf(4, message(1, { content: 'better' }), message(2), message(3)),
      ),
    ).toEqual([]);
  });

  test('a plain read that is older within the bound, or that began before the acknowledgement', () => {
    const plain = { minVersion: undefined } as unknown as Partial<Read>;
    expect(rulesOf({ reads: [page(2, newestFirst(2, 1), { ...plain, start: 2_349 })] })).toEqual([]);
  });
});

describe('the checker finds', () => {
  test('a lost acknowledged message', () => {
    expect(rulesOf({}, finalOf(2, message(1), message(2)))).toContain('lost message');
    expect(rulesOf({}, finalOf(3, message(1), message(2), message(3, { id: 'other' })))).toContain('lost message');
  });

  test('a message that stands there twice, under one id or two', () => {
    expect(rulesOf({}, finalOf(4, ...ALL.messages, message(4, { content: 'text 3' })))).toEqual(['double message']);
    expect(rulesOf({}, finalOf(4, ...ALL.messages, message(4, { id: 'm3', content: 'text 3' })))).toContain(
      'double message',
    );
  });

  test('a send of unknown outcome that is there twice', () => {
    const { answer: _lost, ...unknown } = sent(2);
    const final = finalOf(3, message(1), message(2), message(3, { content: 'text 2' }));
    expect(rulesOf({ writes: [sent(1), unknown] }, final)).toEqual(['double message']);
  });

  test('a repeat that is answered with another message', () => {
    const repeat = sent(1, {
      start: 700,
      end: 750,
      answer: { message: message(2, { content: 'text 1' }), version: 3 },
    });
    expect(rulesOf({ writes: [...WRITES, repeat] })).toContain('double message');
  });

  test('a message that nobody sent', () => {
    expect(rulesOf({}, finalOf(4, ...ALL.messages, message(4)))).toEqual(['invented message']);
    expect(rulesOf({ writes: [sent(1), sent(2)] })).toEqual(['invented message']);
    const gone = message(3, { content: '', deletedAt: 'now' });
    expect(rulesOf({ writes: [sent(1), sent(2)] }, finalOf(3, message(1), message(2), gone))).toEqual([
      'invented message',
    ]);
  });

  test('a send that stands before one that was acknowledged earlier', () => {
    const early = sent(2, { start: 900, end: 950 }); // began after 3 was acknowledged
    expect(rulesOf({ writes: [sent(1), early, sent(3)] })).toEqual(['reordered message']);
  });

  test('a gap in seq', () => {
    const writes = [sent(1), sent(3)];
    expect(rulesOf({ writes }, finalOf(3, message(1), message(3)))).toContain('gap in seq');
  });

  test('two orders', () => {
    const swapped = [message(3), message(1, { id: 'm2' }), message(2, { id: 'm1' })];
    expect(rulesOf({ reads: [page(3, swapped)] })).toContain('forked order');
  });

  test.each<[string, PagePlace, number[], number]>([
    ['out of order', { limit: 50, offset: 0 }, [2, 3, 1], 3],
    ['with a hole', { limit: 50, offset: 0 }, [3, 1], 3],
    ['longer than asked for', { limit: 2, offset: 0 }, [3, 2, 1], 3],
    ['that ends early', { limit: 50, offset: 0 }, [3, 2], 3],
    ['that ends early before a seq', { limit: 50, before: 4 }, [3, 2], 3],
    ['not before its seq', { limit: 50, before: 3 }, [3, 2, 1], 3],
    ['that starts late after a seq', { limit: 50, after: 1 }, [3], 3],
    ['not around its seq', { limit: 1, around: 2 }, [3], 3],
    ['shifted', { limit: 2, offset: 1 }, [3, 2], 3],
    ['with a newer version than its messages', { limit: 50, offset: 0 }, [2, 1], 3],
    ['with an older version than its messages', { limit: 50, offset: 0 }, [3, 2, 1], 1],
    ['that is empty though messages are there', { limit: 50, offset: 0 }, [], 3],
  ])('a page %s', (_what, place, seqs, version) => {
    expect(rulesOf({ reads: [page(version, newestFirst(...seqs), { place })] })).toEqual(['torn page']);
  });

  test('two pages of one version that tell different things', () => {
    const reads = [
      page(3, newestFirst(3, 2, 1)),
      page(3, [message(3, { content: 'other' })], { place: { limit: 1, offset: 0 } }),
    ];
    expect(rulesOf({ reads })).toContain('torn page');
  });

  test('a page older than its reader asked for', () => {
    expect(rulesOf({ reads: [page(2, newestFirst(2, 1), { minVersion: 3 })] })).toEqual(['stale read']);
  });

  test('a session that goes back', () => {
    const reads = [page(3, newestFirst(3, 2, 1)), page(2, newestFirst(2, 1), { start: 1_100 })];
    expect(rulesOf({ reads })).toEqual(['non-monotonic read']);
    expect(rulesOf({ reads: reads.toReversed() })).toEqual(['non-monotonic read']);
  });

  test('content that an acknowledged edit had replaced', () => {
    const better = message(2, { content: 'better' });
    const best = message(2, { content: 'best' });
    const edits = [
      changed({ kind: 'edit', messageId: 'm2', content: 'better' }, 4, better),
      changed({ kind: 'edit', messageId: 'm2', content: 'best' }, 5, best),
    ];
    const final = finalOf(5, message(1), best, message(3));
    const of = (version: number, shown: ToldMessage) => ({
      writes: [...WRITES, ...edits],
      reads: [page(version, [message(3), shown, message(1)])],
    });
    expect(rulesOf(of(4, message(2)), final)).toEqual(['outdated content']);
    expect(rulesOf(of(5, better), final)).toContain('outdated content');
    expect(rulesOf(of(4, better), final)).toEqual([]);
  });

  test('the content of a deleted message, also one that only says that it is deleted', () => {
    const gone = message(2, { content: '', deletedAt: 'now' });
    const writes = [...WRITES, changed({ kind: 'delete', messageId: 'm2' }, 4, gone)];
    const final = finalOf(5, message(1), gone, message(3));
    for (const shown of [message(2), message(2, { deletedAt: 'now' })]) {
      expect(rulesOf({ writes, reads: [page(4, [message(3), shown, message(1)])] }, final)).toEqual([
        'deleted content',
      ]);
    }
  });

  test('a reaction that is not shown, and one that was taken back', () => {
    const liked = message(1, { reactions: { '👍': ['ben'] } });
    const given = changed({ kind: 'react', messageId: 'm1', emoji: '👍' }, 4, liked, { userId: 'ben' });
    const taken = changed({ kind: 'unreact', messageId: 'm1', emoji: '👍' }, 5, message(1), {
      userId: 'ben',
      start: 2_000,
      end: 2_050,
    });
    const reads = (version: number, shown: ToldMessage) => [page(version, [message(3), message(2), shown])];
    const final = finalOf(5, ...ALL.messages);
    expect(rulesOf({ writes: [...WRITES, given, taken], reads: reads(4, message(1)) }, final)).toEqual([
      'outdated content',
    ]);
    expect(rulesOf({ writes: [...WRITES, given, taken], reads: reads(6, liked) }, final)).toContain('outdated content');
  });

  test('a change that the final read does not show', () => {
    const edit = changed({ kind: 'edit', messageId: 'm2', content: 'better' }, 4, message(2, { content: 'better' }));
    expect(rulesOf({ writes: [...WRITES, edit] }, finalOf(4, ...ALL.messages))).toEqual(['outdated content']);
  });

  test('a plain read that is older than the bound allows, with and without faults', () => {
    const { minVersion: _none, ...plain } = page(2, newestFirst(2, 1));
    const late = { ...plain, start: 350 + 2_000 };
    expect(rulesOf({ reads: [late] })).toEqual(['staleness bound']);
    const fault = { name: 'flush', start: 400, end: 3_000 };
    expect(rulesOf({ reads: [late], faults: [fault] })).toEqual([]);
    expect(rulesOf({ reads: [{ ...late, start: 7_999 }], faults: [fault] })).toEqual([]);
    expect(rulesOf({ reads: [{ ...late, start: 8_000 }], faults: [fault] })).toEqual(['staleness bound']);
    expect(rulesOf({ reads: [late], faults: [{ name: 'long before', start: 0, end: 100 }] })).toEqual([
      'staleness bound',
    ]);
  });
});

describe('of a subscriber the checker', () => {
  const subscribed = (seq: number, more: Partial<StreamEvent & { kind: 'subscribed' }> = {}): StreamEvent => ({
    kind: 'subscribed',
    recovered: true,
    seq,
    version: seq,
    messages: [],
    changed: [],
    ...more,
  });
  const told = (seq: number): StreamEvent => ({ kind: 'message', version: seq, message: message(seq) });
  const from = (seq: number) => ({ from: { seq, version: seq } });
  const of = (...events: StreamEvent[]) => ({ streams: [{ conversationId: ID, subscriber: 'eve', events }] });
  const better = message(1, { content: 'better' });
  const edited = {
    writes: [...WRITES, changed({ kind: 'edit', messageId: 'm1', content: 'better' }, 4, better)],
    final: finalOf(4, better, message(2), message(3)),
  };

  test('accepts what was told live, after a reconnection, and where the service caught up by itself', () => {
    expect(rulesOf(of(subscribed(0), told(1), told(2), told(3)))).toEqual([]);
    const resumed = subscribed(3, { ...from(1), messages: [message(2), message(3)] });
    expect(rulesOf(of(subscribed(0), told(1), resumed))).toEqual([]);
    expect(rulesOf(of(subscribed(1), subscribed(2, { messages: [message(2)] }), told(3)))).toEqual([]);
  });

  test('accepts changes that were told live and by a catch-up', () => {
    const live: StreamEvent = { kind: 'changed', version: 4, message: better };
    const start = [subscribed(0), told(1), told(2), told(3)];
    expect(rulesOf({ writes: edited.writes, ...of(...start, live) }, edited.final)).toEqual([]);
    const caughtUp = subscribed(3, { ...from(3), version: 4, changed: [better] });
    expect(rulesOf({ writes: edited.writes, ...of(...start, caughtUp) }, edited.final)).toEqual([]);
  });

  test.each<[string, StreamEvent[]]>([
    ['a message that was told twice', [subscribed(1), told(2), told(2), told(3)]],
    ['messages in another order', [subscribed(1), told(3), told(2)]],
    ['a message that was left out', [subscribed(1), told(3)]],
    ['a message before the subscription', [told(1), subscribed(1), told(2), told(3)]],
    ['a catch-up with a hole', [subscribed(0), subscribed(3, { ...from(0), messages: [message(1), message(3)] })]],
    [
      'a catch-up that repeats what was known',
      [subscribed(0), told(1), subscribed(3, { ...from(1), messages: ALL.messages })],
    ],
  ])('finds %s', (_what, events) => {
    expect(rulesOf(of(...events))).toContain('disordered stream');
  });

  test('finds the end of a stream that never came', () => {
    expect(rulesOf(of(subscribed(0), told(1), told(2)))).toEqual(['lost event']);
  });

  test('finds a change that was never told', () => {
    const events = [subscribed(0), told(1), told(2), told(3), subscribed(3, { ...from(3), version: 4 })];
    expect(rulesOf({ writes: edited.writes, ...of(...events) }, edited.final)).toEqual(['lost event']);
  });

  test('finds a gap that is told to be too large and is not, and accepts one that is', () => {
    const gap = subscribed(3, { ...from(1), recovered: false });
    expect(rulesOf(of(subscribed(0), told(1), gap))).toEqual(['dishonest gap']);
    const writes = Array.from({ length: 400 }, (_, index) => sent(index + 1));
    const final = finalOf(400, ...writes.map((_, index) => message(index + 1)));
    const large = subscribed(400, { ...from(1), recovered: false });
    expect(rulesOf({ writes, ...of(subscribed(0), told(1), large) }, final)).toEqual([]);
  });

  test('finds a message that a stream tells otherwise than a page of that version', () => {
    const reads = [page(3, newestFirst(3, 2, 1))];
    const other: StreamEvent = { kind: 'message', version: 3, message: message(3, { content: 'other' }) };
    expect(rulesOf({ reads, ...of(subscribed(2), other) })).toContain('torn page');
  });
});

test('the longest staleness is what plain readers saw, and no other', () => {
  const { minVersion: _none, ...plain } = page(2, newestFirst(2, 1), { start: 500 });
  const reads = [plain, { ...plain, start: 360, version: 1 }, page(1, newestFirst(1), { start: 9_000 })];
  const history = { writes: WRITES, reads, streams: [], faults: [], final: new Map([[ID, ALL]]) };
  expect(findLongestStaleness(history)).toBe(150);
  expect(findLongestStaleness({ ...history, reads: [] })).toBe(0);
});
