import { type ConversationType, MOST_PARTICIPANTS, type Role } from './conversation.ts';
import { ConversationFull, DirectConversationFixed, NotOwner, NotParticipant } from './errors.ts';

/** Somebody who takes part, and as what. */
export type Member = { readonly userId: string; readonly role: Role };

/** A conversation as it stands while nobody else can change it; members in the order in which they joined. */
export type Membership = {
  readonly id: string;
  readonly type: ConversationType;
  readonly title: string | null;
  readonly retentionDays: number | null;
  readonly members: readonly Member[];
};

/** What an owner may set: a title, null for none; days that messages are kept, null for as long as they like. */
export type Settings = {
  readonly title?: string | null | undefined;
  readonly retentionDays?: number | null | undefined;
};

/** What is to be done to a conversation, and the SYSTEM message that tells it. */
export type MembershipChange = {
  readonly added: readonly string[];
  /** The role of those who are added. */
  readonly addedAs: Role;
  readonly promoted: readonly string[];
  readonly removed: readonly string[];
  readonly title: string | null;
  readonly retentionDays: number | null;
  readonly text: string;
};

/** Most people that a SYSTEM message names of each kind. */
const MOST_NAMED = 10;

/**
 * Adds people. Those who take part stay as they are, but that a MEMBER becomes an OWNER where owners were asked for.
 * Answers undefined where all is so already. Throws NotParticipant, DirectConversationFixed, NotOwner or ConversationFull.
 */
export function addMembers(
  membership: Membership,
  actorId: string,
  ids: readonly string[],
  role: Role,
): MembershipChange | undefined {
  requireGroupOwner(membership, actorId, 'adding somebody');
  const roles = new Map(membership.members.map((member) => [member.userId, member.role]));
  const wanted = [...new Set(ids)];
  const added = wanted.filter((id) => !roles.has(id));
  const promoted = role === 'OWNER' ? wanted.filter((id) => roles.get(id) === 'MEMBER') : [];
  if (added.length + promoted.length === 0) return undefined;
  if (roles.size + added.length > MOST_PARTICIPANTS) throw new ConversationFull(MOST_PARTICIPANTS);
  const owners = promoted.length === 1 ? 'an owner' : 'owners';
  const deeds = [
    ...(added.length > 0 ? [`added ${name(added)}${role === 'OWNER' ? ' as owner' : ''}`] : []),
    ...(promoted.length > 0 ? [`made ${name(promoted)} ${owners}`] : []),
  ];
  return { ...buildChange(membership, actorId, deeds), added, addedAs: role, promoted };
}

/**
 * Removes somebody: an owner anybody, anybody themselves. The last owner to go hands over to who has been there longest.
 * Answers undefined where that somebody takes no part. Throws NotParticipant, DirectConversationFixed or NotOwner.
 */
export function removeMember(membership: Membership, actorId: string, id: string): MembershipChange | undefined {
  const isLeaving = actorId === id;
  if (isLeaving) requireGroup(membership, actorId, 'leaving');
  else requireGroupOwner(membership, actorId, 'removing somebody');
  const rest = membership.members.filter(({ userId }) => userId !== id);
  if (rest.length === membership.members.length) return undefined;
  const heir = rest.some(({ role }) => role === 'OWNER') ? undefined : rest[0]?.userId;
  const deed = isLeaving ? 'left' : `removed ${id}`;
  const change = buildChange(membership, actorId, [deed]);
  if (heir === undefined) return { ...change, removed: [id] };
  return { ...change, removed: [id], promoted: [heir], text: `${change.text}; ${heir} is an owner now` };
}

/**
 * Sets title and retention. Answers undefined where all is so already. Throws NotParticipant, DirectConversationFixed (title)
 * or NotOwner.
 */
export function changeSettings(
  membership: Membership,
  actorId: string,
  { title = membership.title, retentionDays = membership.retentionDays }: Settings,
): MembershipChange | undefined {
  requireOwner(membership, actorId);
  if (title !== null && membership.type === 'DIRECT_MESSAGE') throw new DirectConversationFixed('a title');
  const deeds = [
    ...(title === membership.title
      ? []
      : [title === null ? 'removed the title' : `renamed the conversation to ${title}`]),
    ...(retentionDays === membership.retentionDays ? [] : [describeRetention(retentionDays)]),
  ];
  return deeds.length === 0 ? undefined : { ...buildChange(membership, actorId, deeds), title, retentionDays };
}

function describeRetention(days: number | null): string {
  if (days === null) return 'has messages kept without end';
  return `has messages deleted after ${days === 1 ? 'a day' : `${days} days`}`;
}

function buildChange(
  { title, retentionDays }: Membership,
  actorId: string,
  deeds: readonly string[],
): MembershipChange {
  const text = `${actorId} ${deeds.join(' and ')}`;
  return { added: [], addedAs: 'MEMBER', promoted: [], removed: [], title, retentionDays, text };
}

/** `a`, `a and b`, `a, b and c`; after 10 of them only how many more. */
function name(ids: readonly string[]): string {
  const named = ids.slice(0, MOST_NAMED);
  const others = ids.length - named.length;
  const parts = others > 0 ? [...named, `${others} ${others === 1 ? 'other' : 'others'}`] : named;
  return parts.length === 1 ? String(parts[0]) : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}

function requireGroupOwner(membership: Membership, actorId: string, what: string): void {
  requireGroup(membership, actorId, what);
  requireOwner(membership, actorId);
}

function requireGroup(membership: Membership, actorId: string, what: string): void {
  findMember(membership, actorId);
  if (membership.type === 'DIRECT_MESSAGE') throw new DirectConversationFixed(what);
}

function requireOwner(membership: Membership, actorId: string): void {
  if (findMember(membership, actorId).role !== 'OWNER') throw new NotOwner(membership.id, actorId);
}

function findMember({ id, members }: Membership, userId: string): Member {
  const member = members.find((one) => one.userId === userId);
  if (!member) throw new NotParticipant(id, userId);
  return member;
}
