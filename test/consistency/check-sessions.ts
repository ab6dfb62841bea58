import type { Read, Violation } from './history.ts';

/** Whoever passes what they have seen is never shown less: not than they said, and not than in an earlier read. */
export function checkSessions(conversationId: string, reads: readonly Read[]): Violation[] {
  const seen = new Map<string, number>();
  return reads
    .filter((read) => read.minVersion !== undefined)
    .toSorted((one, other) => one.start - other.start)
    .flatMap(({ session, version, minVersion = 0 }) => {
      const before = seen.get(session) ?? 0;
      seen.set(session, Math.max(before, version));
      const violations: Violation[] = [];
      if (version < minVersion) {
        const detail = `${session} asked for version ${minVersion} or newer, and got ${version}`;
        violations.push({ rule: 'stale read', conversationId, detail });
      }
      if (version < before) {
        const detail = `${session} was shown version ${before}, later ${version}`;
        violations.push({ rule: 'non-monotonic read', conversationId, detail });
      }
      return violations;
    });
}
