import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { SubscriberPlan, SubscriberReport } from './subscribers.ts';

/** Sockets in a process of their own, all subscribed. */
export type Crowd = {
  /** What came since this was asked last; throws when a socket was closed. */
  report(): Promise<SubscriberReport>;
  stop(): Promise<void>;
};

/** Opens sockets and resolves when all are subscribed. */
export async function gatherCrowd(plan: SubscriberPlan): Promise<Crowd> {
  const file = fileURLToPath(new URL('subscribers.ts', import.meta.url));
  const child = spawn(process.execPath, [file], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (line: string) => {
    child.stdin.write(`${line}\n`);
    const { value, done } = await lines.next();
    if (done) throw new Error('Expected an answer of the subscribers, but they ended');
    return value;
  };
  await ask(JSON.stringify(plan));
  return {
    report: async () => {
      const report = JSON.parse(await ask('report')) as SubscriberReport;
      if (report.closed > 0) throw new Error(`Expected all sockets to stay open, found ${report.closed} closed`);
      return report;
    },
    stop: async () => {
      child.stdin.end();
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}
