import { isAlreadyExists, isConflict, isNotFound } from './api-error.ts';
import { type Clock, pause, systemClock } from './clock.ts';
import { formatMicroTime } from './events.ts';
import type { KubernetesClient } from './kubernetes-client.ts';
import { type Log, silentLog } from './log.ts';
import type { KubernetesObject, ObjectKey } from './object.ts';
import { builtIn } from './resource.ts';

/** Times of an election in milliseconds. */
export interface ElectionTimes {
  /** Others take over when the holder was silent for this long. */
  lease: number;
  /** A holder that could not renew for this long stops leading; shorter than `lease`, so that two never lead. */
  renewDeadline: number;
  /** Time between two attempts. */
  retry: number;
}

/** client-go's times. */
const electionTimes: ElectionTimes = { lease: 15_000, renewDeadline: 10_000, retry: 2_000 };

/** What takes part in an election. */
export interface ElectionOptions {
  client: Pick<KubernetesClient, 'get' | 'create' | 'replace'>;
  /** The Lease. */
  key: ObjectKey;
  /** Unlike everybody else's: the pod's name with something random. */
  identity: string;
  /** Runs while this process leads; its signal aborts when the lead is lost or the process stops. */
  lead: (signal: AbortSignal) => Promise<void>;
  times?: ElectionTimes;
  clock?: Clock;
  log?: Log;
}

interface LeaseSpec {
  holderIdentity?: string;
  leaseDurationSeconds?: number;
  acquireTime?: string;
  renewTime?: string;
  leaseTransitions?: number;
}

/** A Lease as last seen, and when it was first seen so, on our own clock: clocks of machines are not compared. */
interface Sighting {
  lease: KubernetesObject;
  since: number;
}

/**
 * Waits for the lead and leads, once. Resolves when `lead` has ended: after the lead was lost (`lost`; the process
 * should end: what it started cannot all be taken back), or after the signal aborted or `lead` ended by itself
 * (`stopped`; the Lease is given back, so that the next one need not wait). Rejects only with the error of `lead`.
 */
export async function runElected(options: ElectionOptions, signal: AbortSignal): Promise<'stopped' | 'lost'> {
  const { times = electionTimes, clock = systemClock, log = silentLog } = options;
  const candidate = createCandidate({ ...options, times, clock, log });
  while (!signal.aborted && !candidate.holds()) {
    await candidate.attempt(times.renewDeadline);
    await pause(clock, candidate.holds() ? 0 : times.retry, signal);
  }
  if (!candidate.holds()) {
    return 'stopped';
  }
  log.info({ identity: options.identity }, 'leading');
  const stop = new AbortController();
  const ended = new AbortController();
  const work = options.lead(stop.signal).finally(() => ended.abort());
  const failure = work.then(
    () => null,
    (error: unknown) => ({ error }),
  );
  const over = AbortSignal.any([signal, ended.signal]);
  while (!over.aborted && candidate.holds()) {
    await pause(clock, Math.min(times.retry, candidate.left()), over);
    if (!over.aborted && candidate.holds()) {
      await candidate.attempt(candidate.left());
    }
  }
  const lost = !over.aborted;
  stop.abort(new Error(lost ? 'the lead is lost' : 'the process stops'));
  const failed = await failure;
  if (!lost) {
    await release(options, clock, log);
  }
  if (failed !== null) {
    throw failed.error;
  }
  return lost ? 'lost' : 'stopped';
}

/** One process's view of the Lease. */
function createCandidate(options: Required<ElectionOptions>) {
  const { times, clock, log, client } = options;
  let seen: Sighting | undefined;
  /** When the Lease was last made ours, as of before the request was sent. */
  let renewedAt = Number.NEGATIVE_INFINITY;
  const left = (): number => times.renewDeadline - (clock.elapsed() - renewedAt);

  async function tryOnce(): Promise<void> {
    const begun = clock.elapsed();
    const found = await readLease(options);
    if (found?.metadata.resourceVersion !== seen?.lease.metadata.resourceVersion) {
      seen = found && { lease: found, since: begun };
    }
    const next = buildLease(options, times, clock.now(), seen, begun);
    if (next !== null) {
      const written = await (found === undefined
        ? client.create(builtIn.lease, next)
        : client.replace(builtIn.lease, next));
      seen = { lease: written, since: begun };
      renewedAt = Math.max(renewedAt, begun);
    }
  }

  return {
    /** Milliseconds until a holder has to stop leading. */
    left,
    holds: (): boolean => left() > 0,
    /** Takes or renews the Lease if it may; never rejects, and never takes longer than it is given. */
    async attempt(milliseconds: number): Promise<void> {
      try {
        await withDeadline(tryOnce(), clock, milliseconds);
      } catch (error) {
        if (!isConflict(error) && !isAlreadyExists(error)) {
          log.warn({ error }, 'the Lease was not read or written');
        }
      }
    },
  };
}

async function readLease({ client, key }: ElectionOptions): Promise<KubernetesObject | undefined> {
  try {
    return await client.get(builtIn.lease, key);
  } catch (error) {
    if (isNotFound(error)) {
      return undefined;
    }
    throw error;
  }
}

/** The Lease with us as its holder, or null while another one holds it. */
function buildLease(
  { key, identity }: ElectionOptions,
  times: ElectionTimes,
  now: number,
  seen: Sighting | undefined,
  elapsed: number,
): KubernetesObject | null {
  const before = (seen?.lease.spec ?? {}) as LeaseSpec;
  const holder = before.holderIdentity ?? '';
  const ours = holder === identity;
  const duration = (before.leaseDurationSeconds ?? times.lease / 1000) * 1000;
  if (holder !== '' && !ours && seen !== undefined && elapsed - seen.since < duration) {
    return null;
  }
  const spec: LeaseSpec = {
    holderIdentity: identity,
    leaseDurationSeconds: Math.ceil(times.lease / 1000),
    acquireTime: ours && before.acquireTime ? before.acquireTime : formatMicroTime(now),
    renewTime: formatMicroTime(now),
    leaseTransitions: (before.leaseTransitions ?? 0) + (ours || seen === undefined ? 0 : 1),
  };
  const { apiVersion, kind } = builtIn.lease;
  const resourceVersion = seen?.lease.metadata.resourceVersion;
  return { apiVersion, kind, metadata: { ...key, ...(resourceVersion && { resourceVersion }) }, spec };
}

/** Gives the Lease back if it is still ours; a failure only makes the next one wait. */
async function release(options: ElectionOptions, clock: Clock, log: Log): Promise<void> {
  try {
    const lease = await readLease(options);
    const spec = (lease?.spec ?? {}) as LeaseSpec;
    if (lease !== undefined && spec.holderIdentity === options.identity) {
      const released = {
        ...spec,
        holderIdentity: '',
        leaseDurationSeconds: 1,
        renewTime: formatMicroTime(clock.now()),
      };
      await options.client.replace(builtIn.lease, { ...lease, spec: released });
    }
  } catch (error) {
    log.warn({ error }, 'the Lease was not given back');
  }
}

/** The work, or an error when it takes longer: a renewal that hangs must not hide that the deadline has passed. */
function withDeadline<Value>(work: Promise<Value>, clock: Clock, milliseconds: number): Promise<Value> {
  return new Promise((resolve, reject) => {
    const cancel = clock.schedule(milliseconds, () => reject(new Error(`no answer within ${milliseconds} ms`)));
    work.then(resolve, reject).finally(cancel);
  });
}
