import type { StackUnderTest } from '../testing/stack-under-test.ts';

/** How many conversations there are, and how many messages each has. */
export const CONVERSATIONS = 1_000;
export const MESSAGES = 50;

const CONTENT = 'Something of the usual length that people write to each other in one go.'.padEnd(85, '.');

/** The id of a conversation, from 0 to 999. */
export const conversationId = (index: number) => `bench-${String(index).padStart(4, '0')}`;

/** The path of the newest page of a conversation. */
export const pagePath = (index: number) => `${messagesPath(index)}?userId=user-1&limit=${MESSAGES}`;

/** The path of the messages of a conversation. */
export const messagesPath = (index: number) => `/api/v1/chat/conversations/${conversationId(index)}/messages`;

/** The body of a send. */
export const sendBody = JSON.stringify({ userId: 'user-1', content: CONTENT });

/** Stores 1,000 conversations of two users with 50 messages each, whose page has about 13.5 KB. */
export async function storeConversations(stack: StackUnderTest): Promise<void> {
  const id = `'bench-' || lpad(n::text, 4, '0')`;
  const all = `generate_series(0, ${CONVERSATIONS - 1}) n`;
  await stack.query(
    `insert into conversation (id, type, version, last_seq) select ${id}, 'GROUP', ${MESSAGES}, ${MESSAGES} from ${all}`,
  );
  await stack.query(
    `insert into participant (conversation_id, user_id) select ${id}, 'user-' || u from ${all}, generate_series(1, 2) u`,
  );
  await stack.query(
    `insert into message (id, conversation_id, seq, user_id, message_type, content)
      select gen_random_uuid(), ${id}, seq, 'user-' || (1 + seq % 2), 'TEXT', $1
      from ${all}, generate_series(1, ${MESSAGES}) seq`,
    [CONTENT],
  );
  await stack.query('vacuum analyze');
}

/** So many indexes of conversations, drawn by Zipf's law with s = 1: the n-th is asked for 1/n as often as the first. */
export function drawByZipf(count: number): number[] {
  const weights = Array.from({ length: CONVERSATIONS }, (_, index) => 1 / (index + 1));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const random = createRandom(7);
  return Array.from({ length: count }, () => {
    let left = random() * total;
    const index = weights.findIndex((weight) => {
      left -= weight;
      return left < 0;
    });
    return Math.max(index, 0);
  });
}

/** The same numbers from 0 to 1 in each run: the generator of Park and Miller. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
