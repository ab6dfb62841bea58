import { createChatClient } from '@chatstack/client/chat-client.ts';
import { drawContent } from '../../model/message.ts';
import { messageCount, type Population, participantCount, participantOf, userId } from '../../model/population.ts';
import { createRandom, mixSeeds } from '../../model/random.ts';
import { observeReplicas, openPrometheusProbe } from '../sampling/prometheus-probe.ts';
import type { Stack } from './stack.ts';

/** Conversations that are made at once: this is no measurement. */
const atOnce = 4;

type Data = { readonly population: Population; readonly seed: number; readonly signal: AbortSignal };

/** Makes conversations and their messages through the API; they are found again where a run of this seed has made them before. */
async function makeConversations(url: string, { population, seed, signal }: Data): Promise<string[]> {
  const client = createChatClient({ baseUrl: url, readYourWrites: false, signal });
  const ids: string[] = [];
  const make = async (index: number): Promise<void> => {
    const random = createRandom(mixSeeds(seed, index));
    const participants = Array.from({ length: participantCount(population) }, (_, nth) =>
      userId(participantOf(population, index, nth)),
    );
    const [maker = ''] = participants;
    const made = await client.createConversation({
      ...{ userId: maker, type: 'GROUP', participantIds: participants },
      clientConversationId: `load-${seed}-${population.users}-${index}`,
    });
    ids[index] = made.id;
    for (let seq = 1; seq <= messageCount(population, index); seq += 1)
      await client.send({
        ...{ conversationId: made.id, userId: maker, content: drawContent(random) },
        clientMessageId: `load-${seed}-${seq}`,
      });
  };
  for (let index = 0; index < population.conversations; index += atOnce)
    await Promise.all(
      Array.from({ length: Math.min(atOnce, population.conversations - index) }, (_, more) => make(index + more)),
    );
  return ids;
}

/** What a stack shows of itself to whoever only has its URL. */
const unwatched = {
  description: 'the stack that answers at the URL',
  fields: {},
  openProbes: async () => [],
};

/** What its Prometheus shows beside. */
const watchThrough = async (prometheusUrl: string) => ({
  description: `${unwatched.description}, as its Prometheus scrapes it: a shorter queue may be missed, and what its Postgres uses is among the others`,
  fields: await observeReplicas(prometheusUrl),
  openProbes: async () => [await openPrometheusProbe(prometheusUrl)],
});

/** A stack that somebody else runs: it is filled through its API, and watched where its Prometheus can be asked. */
export async function openGivenStack(url: string, prometheusUrl: string | undefined, data: Data): Promise<Stack> {
  const { description, fields, openProbes } =
    prometheusUrl === undefined ? unwatched : await watchThrough(prometheusUrl);
  const conversationIds = await makeConversations(url, data);
  return {
    configuration: { name: 'given', description, url, fields },
    conversationIds,
    openProbes,
    cpuSeconds: () => undefined,
    pooler: undefined,
    failed: new Promise(() => undefined),
    stop: async () => undefined,
  };
}
