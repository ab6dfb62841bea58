import { TooManyReactions } from './errors.ts';

/** Most different emoji that a message is given. */
const MOST_REACTIONS = 20;

/** Who gave which emoji, in the order they came. */
export type Reactions = Readonly<Record<string, readonly string[]>>;

/** With an emoji given by a user; undefined where it was given already. Throws TooManyReactions. */
export function addReaction(reactions: Reactions, emoji: string, userId: string): Reactions | undefined {
  const given = reactions[emoji] ?? [];
  if (given.includes(userId)) return undefined;
  if (given.length === 0 && Object.keys(reactions).length >= MOST_REACTIONS) throw new TooManyReactions(MOST_REACTIONS);
  return { ...reactions, [emoji]: [...given, userId] };
}

/** Without an emoji given by a user; undefined where it was not given. */
export function removeReaction(reactions: Reactions, emoji: string, userId: string): Reactions | undefined {
  const { [emoji]: given = [], ...others } = reactions;
  if (!given.includes(userId)) return undefined;
  const rest = given.filter((id) => id !== userId);
  return rest.length === 0 ? others : { ...reactions, [emoji]: rest };
}
