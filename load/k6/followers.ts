import exec from 'k6/execution';
import http from 'k6/http';
import { WebSocket } from 'k6/websockets';
import { drawContent } from '../model/message.ts';
import { conversationId, participantCount, participantOf, userId } from '../model/population.ts';
import { createRandom, mixSeeds } from '../model/random.ts';
import { commonOptions, noneFailed } from './common-options.ts';
import { errorOf, isStored, isWhole } from './judge-answers.ts';
import { createMeasures, now, unmeasured } from './measures.ts';
import { readPlan } from './read-plan.ts';

// Sockets that follow conversations, and messages sent into these at a rate. What is sent carries the moment and the span; one clock
// serves all virtual users of a process. Each socket holds what it is told against the order of versions.

const plan = readPlan('followers');
const measures = createMeasures(1, ['send', 'deliver']);
const participants = participantCount(plan.population);
const idOf = (index: number): string => plan.conversationIds?.[index] ?? conversationId(index);
const begin = plan.rampSeconds + plan.warmUpSeconds;
const end = begin + plan.seconds;
/** Time after the last message in which it may still arrive, in seconds. */
const farewell = 3;
const sentMark = /^sent (-?\d+) ([\d.]+) /;

export const options = {
  ...commonOptions,
  scenarios: {
    followers: {
      exec: 'follow',
      executor: 'per-vu-iterations',
      vus: plan.followed,
      iterations: 1,
      maxDuration: `${end + farewell + 10}s`,
      gracefulStop: '1s',
    },
    senders: {
      exec: 'send',
      executor: 'constant-arrival-rate',
      startTime: `${plan.rampSeconds}s`,
      duration: `${plan.warmUpSeconds + plan.seconds}s`,
      rate: plan.sendRate,
      timeUnit: '1s',
      preAllocatedVUs: Math.min(Math.max(plan.sendRate, 20), 1000),
      gracefulStop: '11s',
    },
  },
  thresholds: { dropped_iterations: ['count==0'], ...noneFailed(1) },
};

type Frame = {
  readonly type: string;
  readonly version?: number;
  readonly recovered?: boolean;
  readonly message?: { readonly content: string };
  readonly messages?: readonly { readonly content: string }[];
};

const hear = (content: string): void => {
  const [, span, sentAt] = sentMark.exec(content) ?? [];
  if (span !== undefined) measures.succeed('deliver', Number(span), now() - Number(sentAt));
};

const followOne = (conversation: number, nth: number): void => {
  const user = userId(participantOf(plan.population, conversation, nth % participants));
  const socket = new WebSocket(`${plan.url.replace(/^http/, 'ws')}/api/v1/chat/ws?userId=${user}`);
  let version: number | undefined;
  let isOver = false;
  socket.onopen = () => socket.send(JSON.stringify({ type: 'subscribe', conversationId: idOf(conversation) }));
  socket.onmessage = (event) => {
    const frame = JSON.parse(String(event?.data)) as Frame;
    if (frame.type !== 'subscribed' && frame.type !== 'message') return;
    const isNext = version === undefined || frame.type === 'subscribed' || frame.version === version + 1;
    if (!isNext || frame.recovered === false) measures.fail('out of order', 0);
    version = frame.version ?? version;
    for (const { content } of frame.messages ?? []) hear(content); // what a gap held back
    if (frame.message) hear(frame.message.content);
  };
  socket.onclose = () => {
    if (!isOver) measures.fail('socket closed', 0);
  };
  setTimeout(
    () => {
      isOver = true;
      socket.close();
    },
    (end + farewell) * 1000 - now(),
  );
};

/** Opens the sockets that follow one conversation, evenly over the ramp. */
export function follow(): void {
  const conversation = exec.scenario.iterationInTest;
  for (let nth = 0; nth < plan.followersEach; nth += 1)
    setTimeout(
      () => followOne(conversation, nth),
      Math.max((plan.rampSeconds * 0.9 * 1000 * (nth + conversation / plan.followed)) / plan.followersEach - now(), 0),
    );
}

/** Sends one message into one of the conversations, each in turn. */
export function send(): void {
  const nth = exec.scenario.iterationInTest;
  const random = createRandom(mixSeeds(plan.seed, nth));
  const conversation = nth % plan.followed;
  const sentAt = now();
  const span = sentAt < begin * 1000 ? unmeasured : 0;
  const content = `sent ${span} ${sentAt.toFixed(3)} ${drawContent(random)}`;
  const user = userId(participantOf(plan.population, conversation, Math.floor(random() * participants)));
  const answer = http.post(
    `${plan.url}/api/v1/chat/conversations/${idOf(conversation)}/messages`,
    JSON.stringify({ userId: user, content, messageType: 'TEXT' }),
    { headers: { 'content-type': 'application/json' }, responseType: 'text', timeout: '10s' },
  );
  if (!isWhole(answer, 201)) measures.fail(errorOf(answer), span);
  else if (!isStored(String(answer.body), idOf(conversation), content)) measures.fail('wrong content', span);
  else {
    measures.succeed('send', span, answer.timings.duration);
    measures.expectDeliveries(plan.followersEach, span);
  }
}

/** Writes the summary where the harness reads it. */
export const handleSummary = (data: unknown) => ({ [plan.summaryFile]: JSON.stringify(data) });

export { setup } from './common-options.ts';
