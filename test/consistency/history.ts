/** A message as an answer told it; what else it says takes part in comparisons too. */
export type ToldMessage = {
  readonly id: string;
  readonly seq: number;
  readonly userId: string;
  readonly content: string;
  readonly deletedAt?: string;
  readonly reactions?: Readonly<Record<string, readonly string[]>>;
};

/** What a write wants. The content of each send is unlike that of any other; a retry or a repeat is no other send. */
export type Intent =
  | { readonly kind: 'send'; readonly content: string; readonly clientMessageId?: string }
  | { readonly kind: 'edit'; readonly messageId: string; readonly content: string }
  | { readonly kind: 'delete'; readonly messageId: string }
  | { readonly kind: 'react' | 'unreact'; readonly messageId: string; readonly emoji: string };

/** A write as its caller saw it. Times are milliseconds of one clock; retries lie between `start` and `end`. */
export type Write = {
  readonly conversationId: string;
  readonly userId: string;
  readonly intent: Intent;
  readonly start: number;
  readonly end: number;
  /** Absent: nobody said yes, so it may have happened or not, now or later. */
  readonly answer?: { readonly message: ToldMessage; readonly version: number };
};

/** Where a page lies; messages of a page are newest first. */
export type PagePlace = { readonly limit: number } & (
  | { readonly offset: number }
  | { readonly before: number }
  | { readonly after: number }
  | { readonly around: number }
);

/** A page as its reader saw it. */
export type Read = {
  readonly conversationId: string;
  /** Reads of one session follow each other; it never goes back where it passes what it has seen. */
  readonly session: string;
  readonly place: PagePlace;
  readonly start: number;
  readonly end: number;
  /** What the session had seen; absent for a plain reader, who does not say. */
  readonly minVersion?: number;
  readonly version: number;
  readonly messages: readonly ToldMessage[];
};

/** What a subscriber was told, in the order in which it came. */
export type StreamEvent =
  /** How a subscription stands; `from` is what was asked for, absent where the service had to catch up by itself. */
  | {
      readonly kind: 'subscribed';
      readonly from?: Position;
      readonly recovered: boolean;
      readonly seq: number;
      readonly version: number;
      readonly messages: readonly ToldMessage[];
      readonly changed: readonly ToldMessage[];
    }
  | { readonly kind: 'message' | 'changed'; readonly version: number; readonly message: ToldMessage };

/** How far a subscriber was: the last seq, and a version whose changes it knows. */
export type Position = { readonly seq: number; readonly version: number };

/** Everything that one subscriber was told of one conversation, over all its connections, until it knew the final version. */
export type Stream = {
  readonly conversationId: string;
  readonly subscriber: string;
  readonly events: readonly StreamEvent[];
};

/** Something bad that was done to the system, from its beginning until the system had recovered. */
export type FaultSpan = { readonly name: string; readonly start: number; readonly end: number };

/** All messages of a conversation, oldest first, as read from Postgres when everything was over. */
export type FinalState = { readonly version: number; readonly messages: readonly ToldMessage[] };

/** What happened to some conversations, complete: every write that may have reached the service is in it. */
export type History = {
  readonly writes: readonly Write[];
  readonly reads: readonly Read[];
  readonly streams: readonly Stream[];
  readonly faults: readonly FaultSpan[];
  readonly final: ReadonlyMap<string, FinalState>;
};

/** What must not be, and is. */
export type Violation = { readonly rule: Rule; readonly conversationId: string; readonly detail: string };

/** What a history is checked for. */
export type Rule =
  /** An acknowledged message is not in the final read. */
  | 'lost message'
  /** One send is there twice, or a repeat was answered with another message. */
  | 'double message'
  /** A message that nobody sent. */
  | 'invented message'
  /** A send that began after another one was acknowledged stands before it. */
  | 'reordered message'
  /** A seq is missing. */
  | 'gap in seq'
  /** Two answers tell different messages at one seq, or one message at two. */
  | 'forked order'
  /** A page is not what its version was: too short, too long, or unlike another page of that version. */
  | 'torn page'
  /** A page is older than what its reader had seen and said so. */
  | 'stale read'
  /** A session was shown less than before. */
  | 'non-monotonic read'
  /** A page shows what an acknowledged change had replaced. */
  | 'outdated content'
  /** A page shows the content of a message that had been deleted. */
  | 'deleted content'
  /** A subscriber was told a message twice, or not in its place. */
  | 'disordered stream'
  /** A subscriber was not told a message or a change, and not told that it was not. */
  | 'lost event'
  /** A subscriber was told that something was missed which could have been told, or the other way round. */
  | 'dishonest gap'
  /** A plain reader was shown a page that had been outdated for longer than the bound. */
  | 'staleness bound';
