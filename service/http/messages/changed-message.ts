import type { ChangedMessage } from '../../data/change-message.ts';
import type { Announcer } from '../../realtime/announcer.ts';
import type { RouteAnswer } from '../route.ts';

/**
 * Announces the change of a message, then answers it. Where nothing changed the version is announced all the same, because
 * whoever changed the message before may have ended before it could.
 */
export async function answerChange(announcer: Announcer, { message, change }: ChangedMessage): Promise<RouteAnswer> {
  await announcer.announce(change);
  return { status: 200, json: `{"message":${message},"version":${change.version}}` };
}
