import type { Answer, Caller } from './caller.ts';
import { eventually } from './eventually.ts';

/**
 * The first page as new as a version that a process answers to a reader who does not say what they have seen: of what another process
 * changed it hears by an event, which may come after the answer. It comes long before a page of before would expire.
 */
export async function readOnceHeard(
  by: Caller,
  conversationId: string,
  userId: string,
  version: number,
): Promise<Answer['body']> {
  let page: Answer['body'];
  await eventually(`the process has heard of version ${version}`, async () => {
    page = (await by.read(conversationId, userId)).body;
    return page.version >= version;
  });
  return page;
}
