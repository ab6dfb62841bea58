/** How many users, conversations and messages there are. */
export type Population = { readonly users: number; readonly conversations: number; readonly messages: number };

/** Participants of a conversation, at most: a team. */
export const participantsAtMost = 10;

/** The id of a user, by number from 0. */
export const userId = (index: number): string => `load-user-${index}`;

/** The id of a conversation, by number from 0, where ids can be chosen. */
export const conversationId = (index: number): string => `load-${index}`;

/** How many take part in each conversation. */
export const participantCount = ({ users }: Pick<Population, 'users'>): number => Math.min(participantsAtMost, users);

/** The number of the n-th participant of a conversation: neighbours, so that everybody takes part somewhere. */
export const participantOf = (population: Pick<Population, 'users'>, conversation: number, nth: number): number =>
  (conversation * participantCount(population) + nth) % population.users;

/** How many messages a conversation has at first: all have the same, but for what is left over. */
export const messageCount = ({ conversations, messages }: Population, conversation: number): number =>
  Math.floor(messages / conversations) + (conversation < messages % conversations ? 1 : 0);
