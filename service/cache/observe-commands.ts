import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { OperationObserver } from '../telemetry/operation-observer.ts';
import { scripts } from './scripts.ts';

type Command = Parameters<Redis['sendCommand']>[0];

const scriptNames = new Map(
  Object.entries(scripts).map(([name, { lua }]) => [createHash('sha1').update(lua).digest('hex'), name]),
);

/** Tells an observer of each command that a client sends, by its name; of a script by the script's. */
export function observeCommands(client: Redis, observe: OperationObserver): void {
  const send = client.sendCommand.bind(client);
  client.sendCommand = (command, stream) => {
    const end = observe(nameOf(command));
    command.promise.then(() => end(), end);
    return send(command, stream);
  };
}

function nameOf({ name, args }: Command): string {
  return (name === 'evalsha' ? scriptNames.get(String(args[0])) : undefined) ?? name;
}
