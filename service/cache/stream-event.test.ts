import { expect, test } from '@jest/globals';
import { decodeEvent, encodeEvent } from './stream-event.ts';

test.each([
  { origin: 'n0nce', version: 17, changesParticipants: false, conversationId: 'conv-1', json: '{"text":"a\\nb ü"}' },
  {
    origin: 'n0nce',
    version: 3,
    changesParticipants: true,
    conversationId: 'grüße:1',
    json: '{\n  "type": "message"\n}',
  },
  { origin: 'n0nce', version: 3, changesParticipants: false, conversationId: 'conv-1', json: '' },
  { origin: 'n0nce', version: 0, changesParticipants: false, conversationId: 'conv-1', json: '{"type":"typing"}' },
])('an event is the same after its way as a message: %j', (event) => {
  expect(decodeEvent(encodeEvent(event))).toEqual(event);
});

test.each(['', 'a', 'a\n1\n\nconv-1', 'a\nx\n\nconv-1\n{}', 'a\n1.5\n\nconv-1\n{}'])(
  '"%s" is none of our messages',
  (message) => {
    expect(decodeEvent(message)).toBeUndefined();
  },
);
