import { expect, test } from '@jest/globals';
import { StorageUnavailable } from '../domain/errors.ts';
import { guardStorage } from './storage-faults.ts';

/** Work that fails with one error and then succeeds; counts how often it ran. */
function failOnce(error: Error) {
  const work = {
    runs: 0,
    run: async () => {
      work.runs += 1;
      if (work.runs === 1) throw error;
      return 'done';
    },
  };
  return work;
}

const withCode = (message: string, code: string) => Object.assign(new Error(message), { code });

test.each([
  ['nobody listens', withCode('connect ECONNREFUSED 10.0.0.1:6432', 'ECONNREFUSED')],
  ['the name of the server is not known for now', withCode('getaddrinfo EAI_AGAIN acme-pgbouncer', 'EAI_AGAIN')],
  ['Postgres starts', withCode('the database system is starting up', '57P03')],
  ['a pooler drains', withCode('server shutting down', '08P01')],
  ['a pooler has no Postgres', withCode('server login has been failing, cached error: …', '08P01')],
  ['all of it is the cause of what the driver throws', new Error('failed', { cause: withCode('x', 'ECONNREFUSED') })],
])('work that could not begin since %s runs again', async (_, error) => {
  const work = failOnce(error);
  expect(await guardStorage(work.run)).toBe('done');
  expect(work.runs).toBe(2);
});

const breaks = [
  ['the connection ended', new Error('Connection terminated unexpectedly')],
  ['the connection was reset', withCode('read ECONNRESET', 'ECONNRESET')],
  ['Postgres is going down', withCode('terminating connection due to administrator command', '57P01')],
  ['the pooler lost its server', withCode('server conn crashed?', '08P01')],
] as const;

test.each(breaks)('work that is repeatable runs again when %s', async (_, error) => {
  const work = failOnce(error);
  expect(await guardStorage(work.run, true)).toBe('done');
  expect(work.runs).toBe(2);
});

test('work that is repeatable does not run again when no answer came: its time is up', async () => {
  const work = failOnce(new Error('Expected an answer of Postgres within 3000 ms, found none'));
  await expect(guardStorage(work.run, true)).rejects.toThrow(StorageUnavailable);
  expect(work.runs).toBe(1);
});

test.each([
  ...breaks,
  ['no answer came', new Error('Expected an answer of Postgres within 3000 ms, found none')],
  ['the disk is full', withCode('could not extend file', '53100')],
  ['Postgres is read-only', withCode('cannot execute INSERT in a read-only transaction', '25006')],
])('work that may have been done when %s does not run again', async (_, error) => {
  const work = failOnce(error);
  await expect(guardStorage(work.run)).rejects.toThrow(StorageUnavailable);
  expect(work.runs).toBe(1);
});

test.each([
  [
    'a full disk',
    withCode('could not extend file', '53100'),
    /^Expected room on the disk of Postgres, found it full\./,
  ],
  [
    'a read-only Postgres',
    withCode('cannot execute INSERT', '25006'),
    /^Expected a writable primary, found .* read-only\./,
  ],
  ['a Postgres that is away', withCode('terminating connection', '57P01'), /^The database cannot be reached/],
])('the caller is told of %s in words of its own', async (_, error, said) => {
  await expect(guardStorage(failOnce(error).run)).rejects.toThrow(said);
});

test('what is no fault of the storage is passed on', async () => {
  const error = withCode('duplicate key value violates unique constraint', '23505');
  const work = failOnce(error);
  await expect(guardStorage(work.run)).rejects.toBe(error);
  expect(work.runs).toBe(1);
});
