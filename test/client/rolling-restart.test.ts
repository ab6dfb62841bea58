import { createChatClient } from '@chatstack/client/chat-client.ts';
import { type Program, startProgram } from '@chatstack/service/testing/program.ts';
import { type StackUnderTest, startStackUnderTest } from '@chatstack/service/testing/stack-under-test.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startSteadyTraffic } from './steady-traffic.ts';
import { startTcpBalancer, type TcpBalancer } from './tcp-balancer.ts';

let stack: StackUnderTest;
let balancer: TcpBalancer;
const programs: Program[] = [];
beforeAll(async () => {
  stack = await startStackUnderTest();
  balancer = await startTcpBalancer();
});
afterAll(async () => {
  for (const { child } of programs) child.kill('SIGKILL');
  await balancer?.stop();
  await stack?.stop();
});

/** Longer than the balancer needs to see that a replica is on its way out. */
const DELAY_SECONDS = '5';

async function startReplica() {
  const program = startProgram('service/main.ts', { ...stack.environment, SHUTDOWN_DELAY_SECONDS: DELAY_SECONDS });
  programs.push(program);
  const { port = 0 } = await program.told('listening');
  balancer.add(port);
  await balancer.awaitReady(port);
  return { program, port };
}

test('two replicas, each restarted twice under load: no request fails, also without a second try, and nothing acknowledged is lost', async () => {
  const replicas = [await startReplica(), await startReplica()];
  const traffic = await startSteadyTraffic({ baseUrl: balancer.url, clients: 12, intervalMs: 40 });
  for (let restart = 0; restart < 4; restart += 1) {
    const old = replicas[restart % 2] as (typeof replicas)[number];
    const answeredBefore = traffic.answered;
    old.program.child.kill('SIGTERM');
    expect(await old.program.ended).toBe(0);
    expect(old.program.output()).not.toMatch(/broken off|left behind/);
    balancer.remove(old.port);
    replicas[restart % 2] = await startReplica();
    expect(traffic.answered).toBeGreaterThan(answeredBefore + 50);
  }
  await traffic.stop();

  expect(traffic.failures).toEqual([]);
  expect(traffic.answered).toBeGreaterThan(300);
  // Connections stay where they are, so all of them were at the replica that was restarted next; none has come to the last one yet.
  const connections = balancer.connectionsByPort();
  expect(connections).toHaveLength(6);
  expect(connections.slice(0, 5).filter((count) => count === 0)).toEqual([]);

  const reader = createChatClient({ baseUrl: balancer.url });
  for (const { conversationId, userId, acknowledged } of traffic.conversations) {
    const stored: string[] = [];
    for (let after = 0; ; ) {
      const page = await reader.historyAt({ conversationId, userId, after, limit: 100 });
      stored.push(...page.messages.map(({ content }) => content).reverse());
      if (!page.hasNewer) break;
      after = page.messages[0]?.seq ?? after;
    }
    expect(acknowledged.length).toBeGreaterThan(10);
    expect(stored).toEqual(acknowledged);
  }
}, 900_000);
