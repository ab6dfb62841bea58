import type { ConversationType, Role } from './conversation.ts';
import { MessageDeleted, NotOwner, NotSender, SystemMessageFixed } from './errors.ts';
import { findMentioned } from './mentions.ts';
import type { MessageType } from './message.ts';
import { addReaction, type Reactions, removeReaction } from './reactions.ts';

/** A message as somebody who wants to change it finds it, while nobody else can. */
export type FoundMessage = {
  readonly id: string;
  readonly conversationId: string;
  readonly conversationType: ConversationType;
  readonly senderId: string;
  readonly messageType: MessageType;
  readonly content: string;
  readonly isDeleted: boolean;
  readonly reactions: Reactions;
};

/** Who wants to change it: a participant. */
export type Actor = { readonly userId: string; readonly role: Role };

/** What is to be done to a message. */
export type MessageChange =
  | { readonly kind: 'edit'; readonly content: string; readonly mentioned: readonly string[] }
  | { readonly kind: 'delete' }
  | { readonly kind: 'react'; readonly reactions: Reactions };

/** Decides what is to be done to a message; undefined where nothing is. Throws what forbids it. */
export type MessageDecision = (message: FoundMessage, actor: Actor) => MessageChange | undefined;

/** Gives a message other words. Throws NotSender, MessageDeleted or SystemMessageFixed. */
export function editMessage(content: string): MessageDecision {
  return (message, { userId }) => {
    if (message.senderId !== userId) throw new NotSender(message.id, userId);
    if (message.messageType === 'SYSTEM') throw new SystemMessageFixed(message.id);
    if (message.isDeleted) throw new MessageDeleted(message.id);
    return content === message.content ? undefined : { kind: 'edit', content, mentioned: findMentioned(content) };
  };
}

/**
 * Takes the words of a message away; its place stays. By its sender, or by an owner of a group: both own what is direct, and
 * neither may unsay what the other said. Throws NotSender or NotOwner.
 */
export const deleteMessage: MessageDecision = (message, { userId, role }) => {
  if (message.senderId !== userId) {
    if (message.conversationType === 'DIRECT_MESSAGE') throw new NotSender(message.id, userId);
    if (role !== 'OWNER') throw new NotOwner(message.conversationId, userId);
  }
  return message.isDeleted ? undefined : { kind: 'delete' };
};

/** Gives a message an emoji. Throws MessageDeleted or TooManyReactions. */
export function giveReaction(emoji: string): MessageDecision {
  return (message, { userId }) => {
    if (message.isDeleted) throw new MessageDeleted(message.id);
    return buildReaction(addReaction(message.reactions, emoji, userId));
  };
}

/** Takes an emoji back. */
export function takeReaction(emoji: string): MessageDecision {
  return (message, { userId }) => buildReaction(removeReaction(message.reactions, emoji, userId));
}

function buildReaction(reactions: Reactions | undefined): MessageChange | undefined {
  return reactions && { kind: 'react', reactions };
}
