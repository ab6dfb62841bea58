import { type MikroORM, UniqueConstraintViolationException } from '@mikro-orm/postgresql';
import { findCreationKey } from '../domain/conversation.ts';
import { Conversation } from './entities/conversation.ts';
import { Message } from './entities/message.ts';
import { Participant } from './entities/participant.ts';
import { User } from './entities/user.ts';

/** The two people of the example conversation. */
export const FIXTURE_USERS = ['user-1', 'user-2'] as const;

/** The example conversation. */
export const FIXTURE_CONVERSATION = 'conv-1';

const CONTENTS = [
  'Hello! Is this thing on?',
  'Loud and clear.',
  'Good. Where does what I write go?',
  'Through PgBouncer into Postgres, under the next number of our conversation.',
  'And when you read it?',
  'From Redis, if nobody has written since. Otherwise from Postgres, and then it is kept in Redis.',
  'So I never see an old page after my own message?',
  'Not once it was acknowledged to you.',
  'I will send one and look.',
  'Go ahead.',
];

/** Makes user-1, user-2 and conv-1 with 10 messages, unless conv-1 is there; answers whether it made them. */
export async function createFixtures(orm: MikroORM): Promise<boolean> {
  const em = orm.em.fork();
  try {
    return await em.transactional(async (em) => {
      if (await em.findOne(Conversation, FIXTURE_CONVERSATION)) return false;
      await em.upsertMany(
        User,
        FIXTURE_USERS.map((id) => ({ id })),
        { onConflictAction: 'ignore' },
      );
      const type = 'DIRECT_MESSAGE';
      const now = new Date();
      const conversation = em.create(Conversation, {
        id: FIXTURE_CONVERSATION,
        type,
        creationKey: findCreationKey(FIXTURE_USERS[0], { type, participantIds: FIXTURE_USERS }) ?? null,
        version: CONTENTS.length,
        lastSeq: CONTENTS.length,
        createdAt: now,
        updatedAt: now,
      });
      for (const id of FIXTURE_USERS) {
        const user = em.getReference(User, id);
        em.create(Participant, { conversation, user, role: 'OWNER', lastReadSeq: 0, joinedAt: now });
      }
      const end = now.getTime();
      CONTENTS.forEach((content, index) => {
        em.create(Message, {
          id: `message-${index + 1}`,
          conversation,
          seq: index + 1,
          user: em.getReference(User, FIXTURE_USERS[index % 2] as string),
          messageType: 'TEXT',
          content,
          createdAt: new Date(end - (CONTENTS.length - index) * 1_000),
        });
      });
      return true;
    });
  } catch (error) {
    if (error instanceof UniqueConstraintViolationException) return false; // another one made them meanwhile
    throw error;
  }
}
