import { parseArgs } from 'node:util';

/** What `npm run check:cache` was asked to do. */
export type CheckOptions = { url: string; conversation: string; user: string; json: boolean };

/** What the arguments come to: options, a wish for help, or what is wrong with them. */
export type CommandLine =
  | { kind: 'check'; options: CheckOptions }
  | { kind: 'help' }
  | { kind: 'wrong'; message: string };

/** How the program is used, for --help and for mistakes. */
export const USAGE = `npm run check:cache -- [options]

Checks from outside that the cache of a chat service works: health, a read that must miss, the same read that must hit,
a send, and a read that must miss again and show the sent message. It reads pages of an unusual size, which nobody has
cached; when other traffic touches the page in between, it starts again with another size, five times at most.
It leaves one message (up to five under heavy traffic) in the conversation.

  --url URL              where the service answers (or BASE_URL; default http://localhost:3001)
  --conversation ID      a conversation that exists (default conv-1)
  --user ID              one of its participants (default user-1)
  --json                 print the result as JSON
  --help                 print this

exit code: 0 every step is so, 1 a step is not so, 2 the check could not be made`;

/** Reads arguments and environment. An argument wins over the environment. */
export function parseCommandLine(args: string[], environment: Record<string, string | undefined>): CommandLine {
  try {
    const { values } = parseArgs({
      args,
      options: {
        url: { type: 'string', default: environment.BASE_URL || 'http://localhost:3001' },
        conversation: { type: 'string', default: 'conv-1' },
        user: { type: 'string', default: 'user-1' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    const { help, ...options } = values;
    return help ? { kind: 'help' } : { kind: 'check', options };
  } catch (error) {
    return { kind: 'wrong', message: (error as Error).message };
  }
}
