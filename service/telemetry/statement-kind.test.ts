import { describe, expect, test } from '@jest/globals';
import { classifyStatement, summarizeStatement } from './statement-kind.ts';

describe('a statement', () => {
  test.each([
    ['select c.version from conversation c, lateral (select 1) m', 'read', 'SELECT conversation'],
    ['\n  SELECT 1', 'read', 'SELECT'],
    ['insert into "message" ("id") values (\'a\')', 'write', 'INSERT message'],
    ["delete from outbox where id = any('{1,2}')", 'write', 'DELETE outbox'],
    ['update participant p set last_read_seq = 1', 'write', 'UPDATE participant'],
    ['with member as (select user_id from participant) select * from member', 'read', 'SELECT participant'],
    [
      'with a as (update conversation set version = 2), b as (insert into message select 1) select * from b',
      'write',
      'UPDATE conversation INSERT message',
    ],
    ['begin', 'transaction', 'BEGIN'],
    ['start transaction', 'transaction', 'START'],
    ['COMMIT', 'transaction', 'COMMIT'],
    ['rollback', 'transaction', 'ROLLBACK'],
    ['set local role x', 'other', 'SET'],
    ['', 'other', ''],
  ])('is told by what it does: %s', (sql, kind, summary) => {
    expect([classifyStatement(sql), summarizeStatement(sql).text]).toEqual([kind, summary]);
  });

  test('is not told by what stands in its literals', () => {
    const sql = `with a as (select 'it''s: delete from message' as x, ' from secret ' as y) select * from a`;
    expect([classifyStatement(sql), summarizeStatement(sql)]).toEqual([
      'read',
      { text: 'SELECT a', operation: 'SELECT', table: 'a' },
    ]);
  });

  test('takes time in proportion to its length', () => {
    const start = process.cpuUsage(); // not the clock: other programs take none of it
    for (const part of ["'", "''", 'update ', 'insert into ', ' from ']) {
      const sql = `with a as (select ${part.repeat(20_000)}`;
      classifyStatement(sql);
      summarizeStatement(sql);
    }
    expect(process.cpuUsage(start).user).toBeLessThan(2_000_000);
  });
});
