/** Puts user-1, user-2 and conv-1 with ten messages in place, where they are not yet. For people who try a stack. */
export const fixturesCommand: readonly string[] = ['node', 'service/fixtures.ts'];
