import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import type { ConversationSummary, NewConversation } from '../domain/conversation.ts';
import { Conversation } from './entities/conversation.ts';
import { Participant } from './entities/participant.ts';
import { User } from './entities/user.ts';
import { guardStorage } from './storage-faults.ts';

/** Writes conversations. Its methods throw StorageUnavailable when Postgres is away. */
export class ConversationRepository {
  readonly #orm: MikroORM;

  constructor(orm: MikroORM) {
    this.#orm = orm;
  }

  /** Makes a conversation with its participants, and the users who are new, in one transaction. */
  async create(id: string, makerId: string, wanted: NewConversation): Promise<ConversationSummary> {
    const conversation = await guardStorage(() =>
      this.#orm.em.fork().transactional(async (em) => {
        await ensureUsers(em, wanted.participantIds);
        return createConversation(em, id, makerId, wanted);
      }),
    );
    return {
      id,
      type: conversation.type,
      title: conversation.title ?? null,
      participantIds: [...wanted.participantIds],
      version: conversation.version,
      createdAt: conversation.createdAt.toISOString(),
    };
  }
}

/** Makes the users that are not there yet. Sorted, so that two transactions cannot wait for each other in a circle. */
export async function ensureUsers(em: EntityManager, ids: readonly string[]): Promise<void> {
  const rows = [...ids].sort().map((id) => ({ id }));
  await em.upsertMany(User, rows, { onConflictAction: 'ignore' });
}

/** Persists a conversation and its participants in the unit of work of `em`; written at its next flush. Its maker owns a group. */
export function createConversation(
  em: EntityManager,
  id: string,
  makerId: string,
  wanted: NewConversation,
): Conversation {
  const now = new Date();
  const title = wanted.title === undefined ? {} : { title: wanted.title };
  const conversation = em.create(Conversation, {
    id,
    type: wanted.type,
    ...title,
    version: 0,
    lastSeq: 0,
    createdAt: now,
    updatedAt: now,
  });
  for (const userId of wanted.participantIds) {
    const role = wanted.type === 'DIRECT_MESSAGE' || userId === makerId ? 'OWNER' : 'MEMBER';
    em.create(Participant, { conversation, user: em.getReference(User, userId), role, lastReadSeq: 0, joinedAt: now });
  }
  return conversation;
}
