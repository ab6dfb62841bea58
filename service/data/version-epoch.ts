/**
 * Versions of one epoch are comparable; a restore of a backup begins a new one. What was told before it may never have happened, so
 * who comes with a version of another epoch is told that something is missing, and reads again.
 *
 *     version = epoch × 1,000,000 + changes        epoch 0: never restored; else minutes from 2026 to the restore
 *
 * A restore puts every conversation at a version that is higher than any told before: pages kept anywhere are older than it, whoever
 * comes with `minVersion` of before is served. A conversation with a million changes passes into the next epoch, which costs each
 * follower one needless reading, and is overtaken by no restore while it changes less than a million times a minute.
 */
export const VERSIONS_OF_EPOCH = 1_000_000;

/** The epoch of a version. */
export function epochOf(version: number): number {
  return Math.floor(version / VERSIONS_OF_EPOCH);
}
