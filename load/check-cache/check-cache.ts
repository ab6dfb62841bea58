import { createChatClient } from '@chatstack/client/chat-client.ts';
import { ProblemError } from '@chatstack/client/errors.ts';
import { parseCommandLine, USAGE } from './command-line.ts';
import { formatJson, formatResult, isSo } from './format-result.ts';
import { choosePageSizes } from './page-sizes.ts';
import { runCheck } from './run-check.ts';

/** Where the program reads from and writes to. */
export type Surroundings = {
  environment: Record<string, string | undefined>;
  colours: boolean;
  out: (text: string) => void;
  error: (text: string) => void;
};

/** How many page sizes are tried before "disturbed" counts as "not so". */
const ROUNDS = 5;

/** Runs the check and returns the exit code: 0 so, 1 not so, 2 could not be checked. */
export async function checkCache(args: string[], { environment, colours, out, error }: Surroundings): Promise<number> {
  const command = parseCommandLine(args, environment);
  if (command.kind === 'help') {
    out(USAGE);
    return 0;
  }
  if (command.kind === 'wrong') {
    error(`check:cache: ${command.message}\n\n${USAGE}`);
    return 2;
  }
  const { url, conversation, user, json } = command.options;
  try {
    const result = await runCheck({
      // no retries, they would hide what is looked for; no minVersion, it would make the service pass over a stale page
      client: createChatClient({ baseUrl: url, retry: { attempts: 1, longestWaitMs: 0 }, readYourWrites: false }),
      conversationId: conversation,
      userId: user,
      pageSizes: choosePageSizes(Math.random(), ROUNDS),
      now: () => performance.now(),
    });
    if (!json) out(`cache of ${url}, conversation ${conversation}, user ${user}\n`);
    out(json ? formatJson(result) : formatResult(result, { colours }));
    return isSo(result) ? 0 : 1;
  } catch (failure) {
    error(`check:cache: ${(failure as Error).message}\n${remedy(failure)}`);
    return 2;
  }
}

function remedy(failure: unknown): string {
  if (failure instanceof ProblemError && failure.status === 404) {
    return 'Is this the chat service? Are the fixtures there (node service/fixtures.ts)? --conversation names another one.';
  }
  if (failure instanceof ProblemError && failure.status === 403) return '--user must name a participant.';
  if (failure instanceof ProblemError) return 'Check --conversation and --user.';
  return 'Check --url (or BASE_URL), and that the service runs: make run';
}
