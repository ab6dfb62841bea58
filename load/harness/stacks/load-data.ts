import pg from 'pg';
import { drawContent } from '../../model/message.ts';
import {
  conversationId,
  messageCount,
  type Population,
  participantCount,
  participantOf,
  userId,
} from '../../model/population.ts';
import { createRandom, mixSeeds } from '../../model/random.ts';
import type { Login } from './stack.ts';

/** Messages of one statement. */
const batch = 10_000;

type Messages = { conversations: string[]; seqs: number[]; users: string[]; contents: string[] };

/** Every message there is to be at first, the same for the same seed, in batches. */
function* drawMessages(population: Population, seed: number): Generator<Messages> {
  const empty = (): Messages => ({ conversations: [], seqs: [], users: [], contents: [] });
  let drawn = empty();
  for (let conversation = 0; conversation < population.conversations; conversation += 1) {
    const random = createRandom(mixSeeds(seed, conversation));
    for (let seq = 1; seq <= messageCount(population, conversation); seq += 1) {
      drawn.conversations.push(conversationId(conversation));
      drawn.seqs.push(seq);
      drawn.users.push(
        userId(participantOf(population, conversation, Math.floor(random() * participantCount(population)))),
      );
      drawn.contents.push(drawContent(random));
      if (drawn.seqs.length < batch) continue;
      yield drawn;
      drawn = empty();
    }
  }
  if (drawn.seqs.length > 0) yield drawn;
}

const insertMessages = `insert into message (id, conversation_id, seq, user_id, message_type, content, created_at)
  select gen_random_uuid(), c, s, u, 'TEXT', t, now() - interval '1 day' + s * interval '1 second'
  from unnest($1::text[], $2::bigint[], $3::text[], $4::text[]) as drawn(c, s, u, t)`;

/** Users, conversations and who takes part, in place of all that was there. */
async function replaceConversations(client: pg.Client, population: Population): Promise<void> {
  const conversations = Array.from({ length: population.conversations }, (_, index) => index);
  const users = Array.from({ length: population.users }, (_, index) => userId(index));
  const parts = conversations.flatMap((conversation) =>
    Array.from({ length: participantCount(population) }, (_, nth) => [
      conversationId(conversation),
      userId(participantOf(population, conversation, nth)),
    ]),
  );
  await client.query('truncate message, mention, participant, conversation, outbox, chat_user');
  await client.query('insert into chat_user (id) select unnest($1::text[])', [users]);
  await client.query(
    `insert into conversation (id, type, version, last_seq) select c, 'GROUP', n, n from unnest($1::text[], $2::bigint[]) as made(c, n)`,
    [conversations.map(conversationId), conversations.map((index) => messageCount(population, index))],
  );
  await client.query(
    'insert into participant (conversation_id, user_id) select * from unnest($1::text[], $2::text[])',
    [parts.map(([conversation]) => conversation), parts.map(([, user]) => user)],
  );
}

/** Stores the same conversations and messages in several databases, in place of what is there, straight past the service. Ends at `signal`. */
export async function loadData(
  logins: readonly Login[],
  { population, seed, signal }: { population: Population; seed: number; signal: AbortSignal },
): Promise<void> {
  const clients = logins.map((login) => new pg.Client(login));
  try {
    await Promise.all(clients.map((client) => client.connect()));
    await Promise.all(clients.map((client) => replaceConversations(client, population)));
    for (const { conversations, seqs, users, contents } of drawMessages(population, seed)) {
      signal.throwIfAborted();
      const values = [conversations, seqs, users, contents];
      await Promise.all(clients.map((client) => client.query(insertMessages, values)));
    }
    await Promise.all(clients.map((client) => client.query('vacuum analyze')));
    await Promise.all(clients.map((client) => client.query('checkpoint')));
  } finally {
    await Promise.all(clients.map((client) => client.end().catch(() => undefined)));
  }
}
