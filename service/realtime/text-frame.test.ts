import type { Writable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import * as ws from 'ws';
import { encodeTextFrame } from './text-frame.ts';

/** The part of the package that reads frames, which its types leave out. */
const { Receiver } = ws as unknown as { Receiver: new (options: { isServer: boolean }) => Writable };

/** What the package `ws` reads out of bytes that a server sent. */
function read(bytes: Buffer): Promise<string[]> {
  const texts: string[] = [];
  const receiver = new Receiver({ isServer: false });
  receiver.on('message', (data: Buffer) => texts.push(data.toString()));
  return new Promise((resolve, reject) => {
    receiver.on('error', reject);
    receiver.on('finish', () => resolve(texts));
    receiver.end(bytes);
  });
}

describe('an encoded text frame', () => {
  test.each([0, 1, 125, 126, 127, 65_535, 65_536, 100_000])('of %d bytes is read as that text', async (length) => {
    const text = 'x'.repeat(length);
    expect(await read(encodeTextFrame(text))).toEqual([text]);
  });

  test('counts bytes, not characters', async () => {
    const text = 'ü€😀'.repeat(20);
    expect(await read(encodeTextFrame(text))).toEqual([text]);
  });

  test('may stand right before another one', async () => {
    const frames = ['a', 'b'.repeat(200), ''].map(encodeTextFrame);
    expect(await read(Buffer.concat(frames))).toEqual(['a', 'b'.repeat(200), '']);
  });
});
