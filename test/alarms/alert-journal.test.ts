import { describe, expect, test } from '@jest/globals';
import { AlertJournal } from './alert-journal.ts';
import type { ActiveAlert } from './prometheus.ts';

const begunAt = Date.parse('2026-01-01T00:00:00Z');
const at = (seconds: number) => begunAt + seconds * 1000;

const alert = (state: ActiveAlert['state'], activeAfter: number, name = 'RedisDown'): ActiveAlert => ({
  labels: { alertname: name, severity: 'warning', component: 'redis' },
  annotations: { runbook_url: `https://example.com/${name}.md` },
  state,
  activeAt: new Date(at(activeAfter)).toISOString(),
});

const redisDown = { alert: 'RedisDown', severity: 'warning' } as const;

describe('the journal of alerts', () => {
  test('tells when an alert became pending, fired, and ended after the fault', () => {
    const journal = new AlertJournal(begunAt, () => true);
    journal.look([alert('pending', 14)], at(15));
    journal.look([alert('firing', 14)], at(135));
    expect(journal.isFiring(redisDown)).toBe(true);
    journal.end(at(140));
    journal.look([alert('firing', 14)], at(141));
    journal.look([], at(155));
    journal.look([], at(170));
    expect(journal.isFiring(redisDown)).toBe(false);
    expect(journal.seen).toEqual([
      {
        ...redisDown,
        component: 'redis',
        runbook: 'https://example.com/RedisDown.md',
        pendingAfter: 14,
        firingAfter: 135,
        endedAfter: 15,
      },
    ]);
  });

  test('takes one that comes back after its end for one that goes on', () => {
    const journal = new AlertJournal(begunAt, () => true);
    journal.look([alert('firing', 1)], at(5));
    journal.end(at(10));
    journal.look([], at(11));
    journal.look([alert('firing', 1)], at(12));
    expect(journal.seen[0]).not.toHaveProperty('endedAfter');
  });

  test('keeps what was pending alone apart from what fired, and behind it', () => {
    const journal = new AlertJournal(begunAt, () => true);
    journal.look([alert('pending', 1, 'NeverFires'), alert('firing', 2)], at(20));
    journal.end(at(30));
    journal.look([], at(31));
    expect(journal.seen.map((each) => [each.alert, each.firingAfter, each.endedAfter])).toEqual([
      ['RedisDown', 20, 1],
      ['NeverFires', undefined, undefined],
    ]);
  });

  test('does not see what does not count', () => {
    const journal = new AlertJournal(begunAt, ({ labels }) => labels.component !== 'redis');
    journal.look([alert('firing', 1)], at(5));
    expect(journal.seen).toEqual([]);
    expect(journal.isFiring(redisDown)).toBe(false);
  });
});
