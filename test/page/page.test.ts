import { createChatClient } from '@chatstack/client/chat-client.ts';
import { eventually } from '@chatstack/service/testing/eventually.ts';
import { signWithSecret } from '@chatstack/service/testing/issuer.ts';
import {
  type RunningService,
  type StackUnderTest,
  startStackUnderTest,
} from '@chatstack/service/testing/stack-under-test.ts';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { findChromium, startChromium } from '../engines/chromium.ts';
import { type SeverableLink, startSeverableLink } from '../engines/severable-link.ts';
import { type Visitor, visit } from './visitor.ts';

// A browser takes its time on a machine that does other things.

const describeInChromium = findChromium() ? describe : describe.skip;

describeInChromium('the page in Chromium', () => {
  let stack: StackUnderTest;
  let service: RunningService;
  /** The address of the page stays while services come and go behind it. */
  let link: SeverableLink;
  let browser: Browser;
  let visitors: Visitor[] = [];
  let count = 0;

  beforeAll(async () => {
    [stack, browser] = await Promise.all([startStackUnderTest(), startChromium()]);
    service = await stack.start();
    link = await startSeverableLink(() => service.port);
  });
  afterAll(async () => {
    await browser?.close();
    await link?.stop();
    await stack?.stop();
  });
  afterEach(async () => {
    await Promise.all(visitors.map((visitor) => visitor.leave()));
    visitors = [];
  });

  const url = () => `http://127.0.0.1:${link.port}/`;
  const clientOf = (userId: string) => createChatClient({ baseUrl: service.url, userId });
  const come = async (userId: string, more = {}) => {
    const visitor = await visit(browser, url(), userId, more);
    visitors.push(visitor);
    return visitor;
  };
  /** Two people who know each other, with so many messages between them. */
  const meet = async (messages = 0) => {
    count += 1;
    const [ann, ben] = [`ann-${count}`, `ben-${count}`];
    const { id } = await clientOf(ann).createConversation({ type: 'DIRECT_MESSAGE', participantIds: [ann, ben] });
    for (let index = 1; index <= messages; index += 1) {
      await clientOf(index % 2 ? ann : ben).send({ conversationId: id, content: `message ${index}` });
    }
    return { ann, ben, conversationId: id };
  };
  const hasUnread = (visitor: Visitor, name: string, unread: string) =>
    visitor.entry(name).locator('.badge', { hasText: unread }).waitFor();

  test('two people talk: started, told, unread, read, typing, edited, reacted to, deleted', async () => {
    const [ann, ben] = await Promise.all([come('ann'), come('ben')]);
    await ann.page.getByRole('button', { name: 'New conversation' }).first().click();
    await ann.page.getByRole('textbox', { name: 'People' }).fill('ben');
    await ann.page.getByRole('button', { name: 'Start', exact: true }).click();
    await ann.page.locator('.thread-title', { hasText: 'ben' }).waitFor();
    await ann.say('Hello Ben');
    await hasUnread(ben, 'ann', '1');
    await ann.page.getByText('Sent', { exact: true }).waitFor();

    await ben.open('ann');
    await ben.message('Hello Ben').waitFor();
    expect(await ben.entry('ann').locator('.badge').count()).toBe(0);
    await ann.page.getByText('Read', { exact: true }).waitFor();

    await ben.page.getByLabel('Message', { exact: true }).pressSequentially('Hi');
    await ann.page.locator('.thread-subtitle', { hasText: 'ben is typing…' }).waitFor();
    await ben.say('Hi Ann');
    await ann.message('Hi Ann').waitFor();
    await ann.page.locator('.thread-subtitle', { hasText: 'Online' }).waitFor();

    await ann.act('Hi Ann', 'React with 👍');
    await ben.page.locator('.chip', { hasText: '👍' }).waitFor();
    await ben.act('Hi Ann', 'Edit');
    await ben.say('Hi Ann!');
    await ann.message('Hi Ann!').locator('.edited').waitFor();
    await ann.act('Hi Ann!', 'Reply');
    await ann.say('How are you?');
    await ben.message('How are you?').locator('.quote', { hasText: 'Hi Ann!' }).waitFor();
    await ann.act('Hello Ben', 'Delete');
    await ann.page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await ben.page.getByText('This message was deleted').waitFor();

    expect(await ann.contents()).toEqual(['This message was deleted', 'Hi Ann!', 'How are you?']);
    expect(await ben.contents()).toEqual(await ann.contents());
    expect([...ann.complaints, ...ben.complaints]).toEqual([]);
  });

  test('each read says where it came from: the first from Postgres, the next from the cache', async () => {
    const { ann, ben } = await meet(3);
    const [first, second] = [await come(ann), await come(ben)];
    await first.open(ben);
    await first.page.locator('.last-read', { hasText: 'Postgres' }).waitFor();
    await second.open(ann);
    await second.page.locator('.last-read', { hasText: 'cache' }).waitFor();
    expect(await second.page.locator('.last-read').textContent()).toMatch(/3 messages in [\d.]+ ms/);
    expect(await second.page.locator('.details .read').first().textContent()).toMatch(/cache.*3 messages.*v3.*ms/);
  });

  test('a restart of the service loses and doubles nothing, on either side', async () => {
    const { ann, ben, conversationId } = await meet(2);
    const [one, other] = [await come(ann), await come(ben)];
    await Promise.all([one.open(ben), other.open(ann)]);
    await other.message('message 2').waitFor();

    link.sever();
    await service.stop();
    await one.page.locator('.connection', { hasText: 'Reconnecting' }).waitFor();
    await one.say('Is anybody there?');
    await one.page.locator('.failure', { hasText: 'Not sent' }).waitFor();
    service = await stack.start();
    await clientOf(ben).send({ conversationId, content: 'from elsewhere' });
    link.mend();

    for (const visitor of [one, other]) {
      await visitor.page.locator('.connection', { hasText: 'Live' }).waitFor();
      await visitor.message('from elsewhere').waitFor();
    }
    await one.page.getByRole('button', { name: 'Try again' }).click();
    await other.message('Is anybody there?').waitFor();
    await one.message('Is anybody there?').waitFor();
    const all = ['message 1', 'message 2', 'from elsewhere', 'Is anybody there?'];
    expect([await one.contents(), await other.contents()]).toEqual([all, all]);
    expect(await one.page.locator('.pending').count()).toBe(0);
  });

  test('a long history comes page by page while one scrolls up, and what is looked at stays where it is', async () => {
    const { ann, ben } = await meet(130);
    const visitor = await come(ann);
    await visitor.open(ben);
    await visitor.message('message 130').waitFor();
    const viewport = visitor.page.locator('.viewport');
    expect(await visitor.message('message 130').isVisible()).toBe(true);
    await eventually('the first message is there', async () => {
      await viewport.hover();
      await visitor.page.mouse.wheel(0, -700);
      return (await visitor.contents()).length === 130;
    });
    expect(await visitor.contents()).toEqual(Array.from({ length: 130 }, (_, index) => `message ${index + 1}`));
    await visitor.page.getByRole('button', { name: 'To the newest message' }).click();
    await eventually('the end is in sight', () => visitor.message('message 130').isVisible());
    expect(visitor.complaints).toEqual([]);
  });

  test('what comes above or below what one looks at moves nothing', async () => {
    const { ann, ben, conversationId } = await meet(100);
    const visitor = await come(ann);
    await visitor.open(ben);
    await visitor.message('message 100').waitFor();
    const scrollToTop = (element: Element) => {
      element.scrollTop = 0;
      return document.querySelector('[data-seq="55"]')?.getBoundingClientRect().y;
    };
    const before = await visitor.page.locator('.viewport').evaluate(scrollToTop);
    await eventually('the page before is there', async () => (await visitor.contents()).length === 100);
    await clientOf(ben).send({ conversationId, content: 'below' });
    await visitor.message('below').waitFor({ state: 'attached' });
    const after = (await visitor.message('message 55').boundingBox())?.y;
    expect(Math.abs((after ?? 0) - (before ?? 1_000))).toBeLessThanOrEqual(1);
    expect(visitor.complaints).toEqual([]);
  });

  test('a message that is found is shown among its neighbours, from where one gets back to the newest', async () => {
    const { ann, ben, conversationId } = await meet();
    await clientOf(ann).send({ conversationId, content: 'a needle in a haystack' });
    for (let index = 1; index <= 120; index += 1) await clientOf(ben).send({ conversationId, content: `hay ${index}` });
    const visitor = await come(ann);
    await visitor.page.getByLabel('Search conversations and messages').fill('needle');
    await visitor.page.locator('.found mark', { hasText: 'needle' }).click();
    await visitor.page
      .locator('.message.found, .message:focus')
      .filter({ hasText: 'a needle in a haystack' })
      .waitFor();
    expect((await visitor.contents()).length).toBeLessThan(121);
    await visitor.page.getByRole('button', { name: 'To the newest message' }).click();
    await eventually('the newest is in sight', () => visitor.message('hay 120').isVisible());
    expect(visitor.complaints).toEqual([]);
  });

  test('what people write is text: no HTML, no links to programs, links that know nothing of the page', async () => {
    const { ann, ben, conversationId } = await meet();
    const nasty = '<img src=x onerror="document.title=1"> <b>bold</b> javascript:alert(1) "><script>alert(2)</script>';
    await clientOf(ben).send({ conversationId, content: nasty });
    await clientOf(ben).send({ conversationId, content: 'see https://example.com/a?b=1.' });
    const visitor = await come(ann);
    await visitor.open(ben);
    await visitor.message(nasty).waitFor();
    const link = visitor.page.locator('.text a');
    expect(await link.count()).toBe(1);
    expect(await link.getAttribute('href')).toBe('https://example.com/a?b=1');
    expect(await link.getAttribute('rel')).toContain('noopener');
    expect(await visitor.page.locator('.text img, .text b, .text script').count()).toBe(0);
    expect(visitor.complaints).toEqual([]);
  });

  test('on a phone one pane is shown at a time, with a way back', async () => {
    const { ann, ben } = await meet(1);
    const visitor = await come(ann, { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true });
    await visitor.open(ben);
    await visitor.page.locator('.sidebar').waitFor({ state: 'hidden' });
    await visitor.say('from a phone');
    await visitor.message('from a phone').waitFor();
    const width = await visitor.page.evaluate(() => document.documentElement.scrollWidth);
    expect(width).toBe(390);
    await visitor.page.getByRole('button', { name: 'Back to the list' }).click();
    await visitor.page.locator('.thread').waitFor({ state: 'hidden' });
    await visitor.entry(ben).getByText('You: from a phone').waitFor();
    await visitor.page.goBack();
    await visitor.page.locator('.thread-title', { hasText: ben }).waitFor();
  });

  test('everything can be done with the keyboard', async () => {
    const { ann, ben } = await meet(2);
    const visitor = await come(ann);
    const { keyboard } = visitor.page;
    await visitor.entry(ben).getByRole('button').focus();
    await keyboard.press('Enter');
    await visitor.page.getByLabel('Message', { exact: true }).and(visitor.page.locator(':focus')).waitFor();
    await keyboard.type('first line');
    await keyboard.press('Shift+Enter');
    await keyboard.type('second line');
    await keyboard.press('Enter');
    await visitor.message('first line\nsecond line').waitFor();
    await keyboard.press('ArrowUp');
    await visitor.page.locator('.composer-banner', { hasText: 'Editing' }).waitFor();
    await keyboard.press('Escape');
    await keyboard.press('Shift+Tab');
    await visitor.page.locator('.message:focus').waitFor();
    await keyboard.press('ArrowUp');
    await keyboard.press('Tab');
    await keyboard.press('Enter');
    await visitor.message('message 2').locator('.chip').waitFor();
    expect(visitor.complaints).toEqual([]);
  });

  test('a group is started, renamed, joined and left; everybody sees it', async () => {
    const [ann, ben, cem] = [await come('group-ann'), await come('group-ben'), await come('group-cem')];
    await ann.page.getByRole('button', { name: 'New conversation' }).first().click();
    await ann.page.getByRole('textbox', { name: 'People' }).fill('group-ben,');
    await ann.page.getByRole('textbox', { name: 'People' }).pressSequentially('somebody,');
    await ann.page.getByLabel('Title (optional)').fill('Plans');
    await ann.page.getByRole('button', { name: 'Start', exact: true }).click();
    await ben.open('Plans');
    await ann.page.getByRole('button', { name: 'Rename' }).click();
    await ann.page.getByLabel('Title', { exact: true }).fill('Better plans');
    await ann.page.getByRole('dialog').getByRole('button', { name: 'Rename' }).click();
    await ben.page.locator('.thread-title', { hasText: 'Better plans' }).waitFor();
    await ben.entry('Better plans').waitFor();

    await ann.page.getByRole('button', { name: 'Add people' }).click();
    await ann.page.getByRole('textbox', { name: 'People' }).fill('group-cem');
    await ann.page.getByRole('button', { name: 'Add', exact: true }).click();
    await cem.open('Better plans');
    await ben.page.locator('.person-name', { hasText: 'group-cem' }).waitFor();
    await cem.say('Thank you');
    await ben.message('Thank you').waitFor();

    await ann.page.getByRole('button', { name: 'Remove group-cem' }).click();
    await ann.page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await cem.page.getByText('You no longer take part in this conversation.').waitFor();
    await ben.page.getByRole('button', { name: 'Leave' }).click();
    await ben.page.getByRole('dialog').getByRole('button', { name: 'Leave' }).click();
    await ben.page.getByText('Pick a conversation').waitFor();
    for (const visitor of [ben, cem]) expect(await visitor.entry('Better plans').count()).toBe(0);
    expect([...ann.complaints, ...ben.complaints, ...cem.complaints]).toEqual([]);
  });

  test('who needs a token signs in with one', async () => {
    const secret = 'a secret of at least 32 bytes for these tests';
    const claims = { JWT_SECRET: secret, JWT_ISSUER: 'https://issuer.test', JWT_AUDIENCE: 'chat' };
    const guarded = await stack.start({ AUTH_MODE: 'jwt', ...claims });
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(guarded.url);
    await page.getByLabel('Token').fill('nonsense');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByText('Expected a JSON Web Token').waitFor();
    await page.getByLabel('Token').fill(await signWithSecret(secret, { sub: 'user-1' }));
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.locator('.conversation', { hasText: 'user-2' }).getByRole('button').click();
    await page.locator('.connection', { hasText: 'Live' }).waitFor();
    await page.locator('.message').nth(9).waitFor();
    await context.close();
  });
});
