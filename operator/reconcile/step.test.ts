import { describe, expect, test } from '@jest/globals';
import { ApiError, ConnectionError } from '../runtime/api-error.ts';
import { HandledError, stalled, waiting } from '../runtime/outcome.ts';
import { runSteps, type Step, type StepResult, summarizeError } from './step.ts';

const step = (name: string, needs: string[], result: StepResult | Error, ran: string[]): Step<null> => ({
  name,
  needs,
  async run() {
    ran.push(name);
    if (result instanceof Error) throw result;
    return result;
  },
});

describe('steps of a reconcile', () => {
  const done: StepResult = { kind: 'done' };
  const waits: StepResult = { kind: 'waiting', reason: 'Soon', message: 'soon' };

  test('a step that waits holds up those that need it, directly or not, and no others', async () => {
    const ran: string[] = [];
    const records = await runSteps(
      [
        step('one', [], done, ran),
        step('two', ['one'], waits, ran),
        step('three', ['two'], done, ran),
        step('four', ['three'], done, ran),
        step('apart', ['one'], done, ran),
      ],
      null,
    );
    expect(ran).toEqual(['one', 'two', 'apart']);
    expect(records.map(({ name, result }) => [name, result.kind])).toEqual([
      ['one', 'done'],
      ['two', 'waiting'],
      ['three', 'skipped'],
      ['four', 'skipped'],
      ['apart', 'done'],
    ]);
  });

  test('a step that throws holds up what needs it and the reconcile goes on', async () => {
    const ran: string[] = [];
    const records = await runSteps([step('one', [], new Error('no'), ran), step('apart', [], done, ran)], null);
    expect(ran).toEqual(['one', 'apart']);
    expect(records[0]?.result).toMatchObject({ kind: 'failed', reason: 'Retrying', message: 'no' });
  });

  test.each([
    [
      'a quota or a missing right degrades and is retried',
      new ApiError(403, 'Forbidden', 'no'),
      { kind: 'failed', degraded: true },
    ],
    ['a server error is retried', new ApiError(500, 'InternalError', 'no'), { kind: 'failed', degraded: false }],
    ['no connection is retried', new ConnectionError('no'), { kind: 'failed', degraded: false }],
    ['an error that only a change helps stalls', new HandledError(stalled('no'), 'no'), { kind: 'stalled' }],
    [
      'an error that asks for a time keeps it',
      new HandledError(waiting(5, 'no'), 'no'),
      { kind: 'stalled', afterMilliseconds: 5 },
    ],
  ])('%s', (_, error, expected) => {
    expect(summarizeError(error)).toMatchObject(expected);
  });

  test('nothing is retried in a namespace that is being deleted', () => {
    const words =
      'services "a" is forbidden: unable to create new content in namespace chat because it is being terminated';
    expect(summarizeError(new ApiError(403, 'Forbidden', words))).toMatchObject({
      kind: 'waiting',
      reason: 'NamespaceGoing',
    });
  });
});
