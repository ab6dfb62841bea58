import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Answer } from '../../testing/caller.ts';
import { expectProblem } from '../../testing/expect-problem.ts';
import { type RunningService, type StackUnderTest, startStackUnderTest } from '../../testing/stack-under-test.ts';
import { CLIENT_FOLDER, findAssets } from './assets.ts';

let stack: StackUnderTest;
let service: RunningService;
beforeAll(async () => {
  stack = await startStackUnderTest();
  service = await stack.start();
});
afterAll(() => stack?.stop());

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8';

function ask(path: string, headers: Record<string, string>, from = service): Promise<Answer> {
  return from.call({ method: 'GET', path, headers });
}

describe('the address alone', () => {
  test('answers the page to browsers and the index to everybody else', async () => {
    expect(await ask('/', { Accept: BROWSER })).toMatchObject({
      status: 200,
      headers: { 'content-type': 'text/html; charset=utf-8', vary: 'Accept' },
      text: expect.stringMatching(/^<!doctype html>/),
    });
    for (const headers of [{}, { Accept: '*/*' }, { Accept: 'application/json' }, { Accept: 'image/png' }]) {
      const { body } = await ask('/', headers as Record<string, string>);
      expect(body).toMatchObject({ name: 'chat-service', identity: 'development' });
    }
  });

  test('answers the index to browsers too where the page is switched off', async () => {
    const bare = await stack.start({ SERVE_PAGE: 'false' });
    expect((await ask('/', { Accept: BROWSER }, bare)).body).toMatchObject({ name: 'chat-service' });
    expectProblem(await ask('/client/page/main.ts', {}, bare), 404, 'unknown-route');
  });
});

describe('the files of the page', () => {
  const addressesIn = (html: string) => Array.from(html.matchAll(/(?:href|src)="([^"]+)"/g), ([, path]) => `/${path}`);
  const importsIn = (source: string, from: string) =>
    Array.from(source.matchAll(/from '(\.[^']+)'/g), ([, path]) => new URL(path ?? '', `http://x${from}`).pathname);

  test('are all there, and every module that a module imports; none has types', async () => {
    const page = await ask('/', { Accept: BROWSER });
    const known = new Set(addressesIn(page.text));
    for (const path of known) {
      const { status, headers, text } = await ask(path, {});
      expect({ path, status }).toEqual({ path, status: 200 });
      if (!path.endsWith('.ts')) continue;
      expect(headers['content-type']).toBe('text/javascript; charset=utf-8');
      expect(text).not.toMatch(/^(import|export) type /m);
      for (const imported of importsIn(text, path)) known.add(imported);
    }
    expect(known.size).toBeGreaterThan(30);
    expect([...known]).toContain('/client/realtime/connection.ts');
  });

  test('may do nothing but talk to their own service', async () => {
    for (const path of ['/', '/client/page/main.ts', '/client/page/styles/base.css', '/client/page/icon.svg']) {
      const { headers } = await ask(path, { Accept: BROWSER });
      expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' });
      const policy = String(headers['content-security-policy']);
      expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
      expect(policy).not.toMatch(/unsafe|\*/);
    }
  });

  test('are answered 304 to whoever has them', async () => {
    const { headers } = await ask('/client/page/main.ts', {});
    const again = await ask('/client/page/main.ts', { 'If-None-Match': String(headers.etag) });
    expect(again).toMatchObject({ status: 304, text: '', headers: { etag: headers.etag } });
    expect((await ask('/client/page/main.ts', { 'If-None-Match': '"other"' })).status).toBe(200);
    const page = await ask('/', { Accept: BROWSER });
    const same = await ask('/', { Accept: BROWSER, 'If-None-Match': String(page.headers.etag) });
    expect(same.status).toBe(304);
  });

  test.each([
    'package.json',
    'chat-client.test.ts',
    'testing/fake-service.ts',
    'generated/api.ts',
    '../service/main.ts',
    '..%2fservice%2fmain.ts',
    '%2e%2e/service/main.ts',
    'page/../../package.json',
    'page',
    'page/',
    'nothing.ts',
    '%00',
  ])('are those that browsers need: %s is none', async (path) => {
    expectProblem(await service.get(`/client/${path}`), 404, 'unknown-route');
  });
});

test('a file that changes is read again', () => {
  const folder = mkdtempSync(join(tmpdir(), 'page-'));
  const file = join(folder, 'page/main.ts');
  mkdirSync(join(folder, 'page'));
  writeFileSync(join(folder, 'page/index.html'), '<!doctype html>');
  const write = (source: string, time: number) => {
    writeFileSync(file, source);
    utimesSync(file, time, time);
  };
  write('const one: number = 1;', 1);
  const assets = findAssets(folder);
  expect(assets?.find('page/main.ts')?.body.toString()).toBe('const one         = 1;');
  write('const two: number = 2;', 2);
  expect(assets?.find('page/main.ts')?.body.toString()).toBe('const two         = 2;');
  rmSync(folder, { recursive: true });
});

test('a folder without a page, or none at all, is no page', () => {
  const folder = mkdtempSync(join(tmpdir(), 'page-'));
  expect([findAssets(folder), findAssets(join(folder, 'absent'))]).toEqual([undefined, undefined]);
  rmSync(folder, { recursive: true });
  expect(findAssets(CLIENT_FOLDER)?.find('page/index.html')?.type).toBe('text/html; charset=utf-8');
});
