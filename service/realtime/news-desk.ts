import type { EventPublisher } from '../cache/event-publisher.ts';
import type { News } from '../domain/change.ts';
import type { Connections } from './connections.ts';
import type { Hub } from './hub.ts';
import { encodeNews } from './news-codec.ts';
import { encodeTextFrame } from './text-frame.ts';

/** Whom news concerns: followers of a conversation, certain users, or (for a conversation without an id) whoever shares one with a user. */
export class NewsDesk {
  readonly #hub: Hub;
  readonly #connections: Connections;
  readonly #publisher: EventPublisher | undefined;

  constructor(hub: Hub, connections: Connections, publisher: EventPublisher | undefined) {
    this.#hub = hub;
    this.#connections = connections;
    this.#publisher = publisher;
  }

  /** Tells the sockets of all processes. */
  tell(news: News): void {
    this.tellHere(news);
    this.#publisher?.tell({ conversationId: news.conversationId, json: encodeNews(news) });
  }

  /** Tells the sockets of this process. */
  tellHere(news: News): void {
    const { conversationId, json, toUserIds, aboutUserId } = news;
    if (toUserIds) this.#tellUsers(toUserIds, json);
    else if (conversationId !== '') this.#hub.tellNews(news);
    else if (aboutUserId !== undefined) this.#hub.tellPresence(aboutUserId, json);
  }

  /** Tells users that they take part in a conversation from now on. */
  invite(userIds: readonly string[], conversationId: string): void {
    const json = JSON.stringify({ type: 'conversation.added', conversationId });
    this.tell({ conversationId, json, toUserIds: userIds });
  }

  /** Tells whoever shares a conversation with a user that the user came or went. */
  tellPresence(userId: string, status: 'online' | 'offline'): void {
    const json = JSON.stringify({ type: 'presence', userId, status });
    this.tell({ conversationId: '', json, aboutUserId: userId });
  }

  #tellUsers(userIds: readonly string[], json: string): void {
    const frame = encodeTextFrame(json);
    for (const userId of userIds) {
      for (const connection of this.#connections.ofUser(userId)) connection.send(frame);
    }
  }
}
