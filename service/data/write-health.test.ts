import { expect, test } from '@jest/globals';
import { WriteHealth } from './write-health.ts';

const INSERT = "insert into message (content) values ('one')";
const withCode = (code: string) => Object.assign(new Error('refused'), { code });

/** Has statements begin and end one after the other: each with its error, undefined where it succeeds. */
function healthAfter(...statements: readonly (readonly [sql: string, error?: Error])[]): WriteHealth {
  const health = new WriteHealth();
  for (const [sql, error] of statements) health.observeStatement(sql)(error);
  return health;
}

test.each([
  ['a disk that is full', '53100', 'Expected room on the disk of Postgres, found it full.'],
  ['a Postgres that is read-only', '25006', 'Expected a writable primary, found a Postgres that is read-only.'],
])('a write refused for %s is told with what was expected and found', (_, code, said) => {
  expect(healthAfter([INSERT, withCode(code)]).refusal).toContain(said);
});

test('a row that is locked for a change is refused as a write is', () => {
  expect(healthAfter(['select from conversation for update', withCode('25006')]).refusal).toContain('read-only');
});

test('reads say nothing of writes, whether they succeed or fail', () => {
  expect(healthAfter([INSERT, withCode('53100')], ['select 1'], ['select 1', withCode('57014')]).refusal).toBeDefined();
  expect(healthAfter(['select 1'], ['select 1', withCode('57014')]).refusal).toBeUndefined();
});

test('a write that fails for another reason leaves what was told', () => {
  expect(healthAfter([INSERT, withCode('23505')]).refusal).toBeUndefined();
  expect(healthAfter([INSERT, withCode('53100')], [INSERT, withCode('23505')]).refusal).toContain('full');
});

test('the last reason is told where they follow each other', () => {
  expect(healthAfter([INSERT, withCode('53100')], [INSERT, withCode('25006')]).refusal).toContain('read-only');
});

test('a deletion that succeeds does not end it: it needs no room', () => {
  expect(healthAfter([INSERT, withCode('53100')], ['delete from outbox where id = 1']).refusal).toContain('full');
});

test('a write that succeeds ends it, one that began before the refusal does not', () => {
  expect(healthAfter([INSERT, withCode('53100')], [INSERT]).refusal).toBeUndefined();
  const health = new WriteHealth();
  const endEarlier = health.observeStatement(INSERT);
  health.observeStatement(INSERT)(withCode('53100'));
  endEarlier();
  expect(health.refusal).toBeDefined();
});
