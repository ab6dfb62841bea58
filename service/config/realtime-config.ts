/** How sockets are held; times in seconds. */
export type RealtimeConfig = {
  /** Origins of pages that may open sockets, beside those of the service itself; `*` for all. */
  readonly allowedOrigins: readonly string[];
  readonly maxConnectionsPerUser: number;
  readonly pingSeconds: number;
  readonly pongSeconds: number;
  readonly authenticateSeconds: number;
  readonly tokenGraceSeconds: number;
};

/** What an entry of WS_ALLOWED_ORIGINS must be, for people. */
export const ORIGINS_EXPECTED = 'origins such as https://chat.example.org, with commas between them, or *';

/** Reads a list of origins; undefined when an entry is none. An origin is told by browsers without a path and a slash. */
export function readOrigins(text: string): readonly string[] | undefined {
  const entries = text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  return entries.every((entry) => entry === '*' || (URL.canParse(entry) && new URL(entry).origin === entry))
    ? entries
    : undefined;
}
