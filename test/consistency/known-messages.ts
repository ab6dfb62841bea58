import type { ToldMessage } from './history.ts';

/** Most messages remembered of one conversation. */
const MOST = 30;

/** The messages that a session has seen, so that it can change some of them. */
export class KnownMessages {
  readonly #userId: string;
  readonly #messages = new Map<string, Map<string, ToldMessage>>();

  constructor(userId: string) {
    this.#userId = userId;
  }

  /** Remembers what was told of messages. */
  remember(conversationId: string, told: readonly ToldMessage[]): void {
    const known = this.#messages.get(conversationId) ?? new Map<string, ToldMessage>();
    this.#messages.set(conversationId, known);
    for (const message of told) {
      known.delete(message.id);
      known.set(message.id, message);
    }
    for (const id of [...known.keys()].slice(0, -MOST)) known.delete(id);
  }

  /** One of those that are not deleted, as far as is known; `isOwn`: one that the user sent. */
  choose(conversationId: string, isOwn: boolean, which: number): ToldMessage | undefined {
    const known = [...(this.#messages.get(conversationId)?.values() ?? [])];
    const fit = known.filter(({ userId, deletedAt }) => deletedAt === undefined && (!isOwn || userId === this.#userId));
    return fit[which % fit.length];
  }
}
