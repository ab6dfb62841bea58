import { describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { describeError, describeMessage } from './error-fields.ts';
import { hideCredentials } from './hide-credentials.ts';

const SECRET = 'what ann wrote to ben';

describe('what is logged of an error', () => {
  test('has its kind, its message, its frames and its causes', () => {
    const cause = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), { code: 'ECONNREFUSED' });
    const fields = describeError(new TypeError('no such thing', { cause }));
    expect(fields).toMatchObject({
      type: 'TypeError',
      message: 'no such thing',
      stack: expect.stringMatching(/^\s+at .*error-fields\.test\.ts/),
      cause: { message: 'connect ECONNREFUSED 127.0.0.1:5432', code: 'ECONNREFUSED' },
    });
    expect(fields.stack).not.toContain('no such thing');
  });

  test('has each of several errors, and ends where causes go round in a circle', () => {
    const several = new AggregateError([new Error('one'), new Error('two')], 'both');
    expect(describeError(several).errors?.map(({ message }) => message)).toEqual(['one', 'two']);
    const circle = new Error('round');
    circle.cause = circle;
    expect(JSON.stringify(describeError(circle)).match(/round/g)).toHaveLength(5);
  });

  test('survives what is no error', () => {
    for (const thrown of [undefined, null, 'text', 7, {}, { message: 5 }]) {
      expect(typeof describeError(thrown).message).toBe('string');
    }
    expect(JSON.stringify(describeError(SECRET))).not.toContain(SECRET);
  });

  test('has nothing of the row that Postgres quotes, and names of the schema', () => {
    const refused = new pg.DatabaseError(`value "${SECRET}" is out of range`, 100, 'error');
    const whole = Object.assign(refused, {
      code: '23514',
      severity: 'ERROR',
      detail: `Failing row contains (1, ${SECRET}).`,
      hint: SECRET,
      where: SECRET,
      internalQuery: SECRET,
      query: `insert into message values ('${SECRET}')`,
      parameters: [SECRET],
      table: 'message',
      constraint: 'message_content_check',
    });
    const fields = describeError(whole);
    expect(JSON.stringify(fields)).not.toContain(SECRET);
    expect(fields).toMatchObject({
      message: 'Postgres refused a statement (SQLSTATE 23514)',
      code: '23514',
      schema: { severity: 'ERROR', table: 'message', constraint: 'message_content_check' },
    });
  });

  test('says what Postgres or the pooler says of itself', () => {
    const away = Object.assign(new Error('the database system is shutting down'), { code: '57P01', severity: 'FATAL' });
    expect(describeMessage(away)).toBe('the database system is shutting down');
  });

  test('has nothing of the arguments of a command of Redis', () => {
    const refused = Object.assign(new Error(`ERR unknown command, with args beginning with: '${SECRET}'`), {
      command: { name: 'evalsha', args: [SECRET] },
    });
    const fields = describeError(refused);
    expect(JSON.stringify(fields)).not.toContain(SECRET);
    expect(fields.message).toBe('Redis refused the command evalsha');
  });

  test('has nothing of a text that is not JSON', () => {
    const parse = () => JSON.parse(`{"content": ${SECRET}`);
    expect(parse).toThrow(/what ann/);
    try {
      parse();
    } catch (error) {
      expect(JSON.stringify(describeError(error))).not.toContain('ann');
    }
  });
});

describe('a text with credentials', () => {
  test.each([
    ['postgresql://ann:s3cret@db:5432/chat?x=1', 'postgresql://(hidden)@db:5432/chat?x=1'],
    ['redis://:p@ss:w@rd@cache:6379', 'redis://(hidden)@cache:6379'],
    ['Authorization: Bearer abc.DEF-123_~+/=, next', 'Authorization: Bearer (hidden), next'],
    ['authorization: basic dXNlcjpwYXNz', 'authorization: basic (hidden)'],
    ['token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1c2VyIn0.c2ln end', 'token (hidden) end'],
  ])('loses them: %s', (text, expected) => {
    expect(hideCredentials(text)).toBe(expected);
  });

  test.each(['http://db:5432/chat', 'mail to ann@example.org', 'a: b // c @ d', '{"url":"http://a","to":"x@y"}'])(
    'stays what it is where it has none: %s',
    (text) => {
      expect(hideCredentials(text)).toBe(text);
    },
  );

  test('takes time in proportion to its length, whatever it is made of', () => {
    const start = process.cpuUsage(); // not the clock: other programs take none of it
    for (const part of ['a://', 'a://@', 'Bearer ', 'eyJaaaaaaaa.', '@']) hideCredentials(part.repeat(20_000));
    expect(process.cpuUsage(start).user).toBeLessThan(2_000_000);
  });
});
