import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';

/** Somebody with a window of their own. */
export type Visitor = {
  readonly page: Page;
  /** What the console of the browser complained about; a policy that was broken is told there too. */
  readonly complaints: string[];
  /** Opens a conversation of the list. */
  open(name: string): Promise<void>;
  say(content: string): Promise<void>;
  /** The messages that are shown, without what is pending, oldest first. */
  contents(): Promise<string[]>;
  /** The row of the message that says this. */
  message(content: string): Locator;
  /** The entry of the list. */
  entry(name: string): Locator;
  /** Clicks a button of a message. */
  act(content: string, action: string): Promise<void>;
  leave(): Promise<void>;
};

/** Opens the page as a user, in a profile of its own. */
export async function visit(
  browser: Browser,
  url: string,
  userId: string,
  more: BrowserContextOptions = {},
): Promise<Visitor> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...more });
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error.stack ?? error)));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  await page.goto(url);
  await page.getByLabel('Somebody else').fill(userId);
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.locator('.sidebar-me').waitFor();

  const message = (content: string) =>
    page.locator('.message:not(.pending)').filter({ has: page.getByText(content, { exact: true }) });
  const entry = (name: string) => page.locator('.conversation').filter({ has: page.getByText(name, { exact: true }) });
  return {
    page,
    complaints,
    message,
    entry,
    async open(name) {
      await entry(name).getByRole('button').click();
      await page.locator('.thread-title', { hasText: name }).waitFor();
      await page.locator('.thread[data-state=""], .thread[data-state="empty"]').waitFor();
    },
    async say(content) {
      await page.getByLabel('Message', { exact: true }).fill(content);
      await page.keyboard.press('Enter');
    },
    contents: () => page.locator('.message:not(.pending) .text').allTextContents(),
    async act(content, action) {
      await message(content).hover();
      await message(content).getByRole('button', { name: action, exact: true }).click();
    },
    leave: () => context.close(),
  };
}
