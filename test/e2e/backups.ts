import type { ChatClient } from '@chatstack/client/chat-client.ts';
import { run } from './command.ts';
import type { EndToEndContext, StackPlace } from './context.ts';
import { stackNamespace } from './context.ts';
import { readAll } from './stack.ts';

const program = new URL('../../operator/command-line/chatstack.ts', import.meta.url).pathname;

/** Runs `chatstack` against the stack's namespace. Rejects with what it wrote when it fails. */
export async function chatstack(context: StackPlace, args: readonly string[]): Promise<string> {
  const line = [program, ...args, '--namespace', context.stackNamespace];
  return (await run(process.execPath, line, { timeoutSeconds: 600 })).stdout;
}

/** Makes a backup and answers its id. */
export async function makeBackup(context: EndToEndContext): Promise<string> {
  const output = await chatstack(context, ['backup', context.stackName, '--wait', '--output', 'json']);
  return (JSON.parse(output) as { id: string }).id;
}

/** Statements in the stack's database, as its owner. */
export async function runSql(context: EndToEndContext, sql: string): Promise<void> {
  const login = 'PGPASSWORD="$SERVICE_PASSWORD" psql -v ON_ERROR_STOP=1 -h 127.0.0.1 -U chatstack chatstack -c';
  await stackNamespace(context).exec(`${context.stackName}-postgres-0`, ['sh', '-c', `${login} "$0"`, sql]);
}

/** Everything that a user reads of a conversation. */
export const readEverything = async (client: ChatClient, conversationId: string) => {
  const messages = await readAll(client, conversationId);
  return messages.map(({ seq, id, userId, content, ...rest }) => ({ seq, id, userId, content, rest }));
};
