import type { ChatClient } from '@chatstack/client/chat-client.ts';
import { ProblemError, UnreachableError } from '@chatstack/client/errors.ts';
import type { CacheHealth } from '@chatstack/client/messages.ts';
import {
  hasCounters,
  hitRatioOf,
  judgeFirstRead,
  judgeInitial,
  judgeSecondRead,
  judgeSend,
  judgeThirdRead,
} from './judge-steps.ts';
import type { StepName, StepResult, Verdict } from './step.ts';

/** Whom and what the check talks to; one round per page size at most. */
export type CheckSubject = {
  client: ChatClient;
  conversationId: string;
  userId: string;
  pageSizes: number[];
  /** A clock in milliseconds. */
  now: () => number;
};

/** What the check found: the steps of its last round, and the hit ratio of the answering process before and after. */
export type CheckResult = {
  steps: StepResult[];
  rounds: number;
  pageSize: number;
  hitRatio: { before: number | null; after: number | null };
};

/** Takes the five steps; a round that other traffic disturbed is followed by one on another page size. */
export async function runCheck(subject: CheckSubject): Promise<CheckResult> {
  const opening = await takeOpening(subject);
  const before = opening.cache ? hitRatioOf(opening.cache) : null;
  if (opening.step.verdict.kind !== 'so') {
    return { steps: [opening.step], rounds: 0, pageSize: 0, hitRatio: { before, after: null } };
  }
  let steps: StepResult[] = [];
  let rounds = 0;
  for (const pageSize of subject.pageSizes) {
    rounds += 1;
    steps = await takeRound(subject, pageSize);
    if (steps.at(-1)?.verdict.kind !== 'disturbed') break;
  }
  const after = hitRatioOf(await subject.client.cacheHealth());
  const pageSize = subject.pageSizes[rounds - 1] ?? 0;
  return { steps: [opening.step, ...steps], rounds, pageSize, hitRatio: { before, after } };
}

async function takeOpening({ client, now }: CheckSubject): Promise<{ step: StepResult; cache?: CacheHealth }> {
  const started = now();
  await client.health(); // nobody there: the caller hears it, no step has been taken
  const cache = await client.cacheHealth();
  const verdict = judgeInitial(cache);
  const step: StepResult = { name: 'initial', verdict, milliseconds: now() - started };
  return hasCounters(cache) ? { step, cache } : { step };
}

/** Ends at the first step that is not so or was disturbed: the later ones would tell nothing. */
async function takeRound(subject: CheckSubject, pageSize: number): Promise<StepResult[]> {
  const { client, conversationId, userId, now } = subject;
  const steps: StepResult[] = [];
  const take = async <Answer>(name: StepName, call: () => Promise<Answer>, judge: (answer: Answer) => Verdict) => {
    const started = now();
    const answer = await call().catch((error: unknown) => judgeFailure(error));
    const milliseconds = now() - started;
    const failed = answer instanceof Failure;
    const verdict = failed ? answer.verdict : judge(answer);
    steps.push({ name, verdict, milliseconds });
    return !failed && verdict.kind === 'so' ? answer : undefined;
  };
  const read = () => client.history({ conversationId, userId, limit: pageSize, offset: 0 });
  const content = 'Written by check:cache: the page before this message must not be served again.';

  const first = await take('first read', read, judgeFirstRead);
  if (!first) return steps;
  const second = await take('second read', read, (page) => judgeSecondRead(first, page));
  if (!second) return steps;
  const send = () => client.send({ conversationId, userId, content });
  const sent = await take('send', send, (answer) => judgeSend(second, answer));
  if (sent) await take('third read', read, (page) => judgeThirdRead(sent, page, pageSize));
  return steps;
}

/** A step that got no usable answer. */
class Failure {
  readonly verdict: Verdict;
  constructor(verdict: Verdict) {
    this.verdict = verdict;
  }
}

/** A refusal that is the caller's doing (an unknown conversation) is thrown on: it says nothing about the cache. */
function judgeFailure(error: unknown): Failure {
  if (error instanceof ProblemError && error.status >= 500) {
    const found = `${error.status} ${error.detail || error.title}`;
    return new Failure({ kind: 'not so', found, advice: 'look at /api/v1/health/ready and the log of the service' });
  }
  if (error instanceof UnreachableError) {
    return new Failure({
      kind: 'not so',
      found: 'no answer',
      advice: `${error.message}; look at the log of the service`,
    });
  }
  throw error;
}
