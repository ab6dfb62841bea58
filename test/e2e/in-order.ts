type TestFile = { path: string };

/** Runs the test files by name: the numbers in front are the order in which a stack lives. */
// biome-ignore lint/style/noDefaultExport: Jest takes the default export
export default class InOrder {
  sort<File extends TestFile>(files: File[]): File[] {
    return [...files].sort((a, b) => a.path.localeCompare(b.path));
  }

  /** Jest asks a sequencer to remember durations; the order here does not depend on them. */
  cacheResults(): void {}
}
