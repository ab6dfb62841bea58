import { describe, expect, test } from '@jest/globals';
import { ApiError } from './api-error.ts';
import { createEventRecorder, formatMicroTime } from './events.ts';
import { createManualClock } from './manual-clock.ts';
import type { KubernetesObject } from './object.ts';

const regarding: KubernetesObject = {
  apiVersion: 'example.dev/v1',
  kind: 'Thing',
  metadata: { name: 'acme', namespace: 'here', uid: 'u1' },
};

function setUp() {
  const clock = createManualClock(Date.UTC(2026, 0, 1));
  const created: KubernetesObject[] = [];
  const patched: object[] = [];
  const answers = { gone: false };
  const recorder = createEventRecorder({
    client: {
      create: async (_resource, object) => {
        created.push(object);
        return object;
      },
      patch: async (_resource, _key, body) => {
        if (answers.gone) {
          throw new ApiError(404, 'NotFound', 'gone');
        }
        patched.push(body);
        return regarding;
      },
    },
    controller: 'example.dev/operator',
    instance: 'pod-1',
    clock,
  });
  return { clock, created, patched, recorder, answers };
}

describe('an event recorder', () => {
  test('writes an event in the namespace of what it regards', async () => {
    const { recorder, created } = setUp();
    recorder.record(regarding, 'Normal', 'Created', 'Deployment acme-service');
    await recorder.flush();
    expect(created).toHaveLength(1);
    expect(created[0]).toMatchObject({
      metadata: { namespace: 'here' },
      eventTime: '2026-01-01T00:00:00.000000Z',
      regarding: { kind: 'Thing', name: 'acme', uid: 'u1' },
      reason: 'Created',
      note: 'Deployment acme-service',
      type: 'Normal',
    });
  });

  test('writes a repeated event ever more rarely: a day of one per second costs less than 40 writes', async () => {
    const { recorder, created, patched, clock } = setUp();
    for (let second = 0; second < 86_400; second += 1) {
      recorder.record(regarding, 'Warning', 'Failed', 'always the same');
      clock.advance(1000);
    }
    await recorder.flush();
    expect(created).toHaveLength(1);
    expect(patched.length).toBeGreaterThan(5);
    expect(patched.length).toBeLessThan(40);
    expect(patched.at(0)).toEqual({ series: { count: 61, lastObservedTime: '2026-01-01T00:01:00.000000Z' } });
  });

  test('begins again when the server has forgotten the event', async () => {
    const { recorder, created, clock, answers } = setUp();
    recorder.record(regarding, 'Warning', 'Failed', 'x');
    answers.gone = true;
    clock.advance(120_000);
    recorder.record(regarding, 'Warning', 'Failed', 'x');
    await recorder.flush();
    expect(created[1]).toMatchObject({ series: { count: 2 } });
  });

  test('writes at most 25 different events of an object at once, and one in five minutes after', async () => {
    const { recorder, created, clock } = setUp();
    for (let index = 0; index < 100; index += 1) {
      recorder.record(regarding, 'Warning', 'Failed', `attempt ${index}`);
    }
    await recorder.flush();
    expect(created).toHaveLength(25);
    clock.advance(300_000);
    recorder.record(regarding, 'Warning', 'Failed', 'later');
    recorder.record(regarding, 'Warning', 'Failed', 'too soon');
    await recorder.flush();
    expect(created).toHaveLength(26);
  });

  test('cuts notes to what the server takes', async () => {
    const { recorder, created } = setUp();
    recorder.record(regarding, 'Warning', 'Failed', 'x'.repeat(5000));
    await recorder.flush();
    expect(String(created[0]?.note)).toHaveLength(1000);
  });
});

test('MicroTime has six digits', () => {
  expect(formatMicroTime(1)).toBe('1970-01-01T00:00:00.001000Z');
});
