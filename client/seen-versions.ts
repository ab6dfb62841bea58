/** How many conversations are remembered; the one that was touched longest ago is forgotten first. */
const LIMIT = 10_000;

/** The newest version of each conversation that this client has been shown. */
export type SeenVersions = {
  newest(conversationId: string): number | undefined;
  remember(conversationId: string, version: number): void;
};

/** Makes an empty memory. A forgotten conversation costs only its guarantee, so the memory is bounded. */
export function createSeenVersions(limit = LIMIT): SeenVersions {
  const versions = new Map<string, number>(); // in the order of the last touch
  return {
    newest: (conversationId) => versions.get(conversationId),
    remember(conversationId, version) {
      const newest = Math.max(version, versions.get(conversationId) ?? version);
      versions.delete(conversationId);
      versions.set(conversationId, newest);
      if (versions.size <= limit) return;
      for (const oldest of versions.keys()) {
        versions.delete(oldest);
        break;
      }
    },
  };
}
