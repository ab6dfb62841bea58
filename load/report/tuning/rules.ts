import { formatDuration, parseDuration } from '@chatstack/stack/quantity/duration.ts';
import { formatQuantity, fromBytes, parseQuantity, toBytes } from '@chatstack/stack/quantity/quantity.ts';
import { LONG_WAIT } from '../../results/bottleneck.ts';
import { SATURATED } from '../../results/processor-time.ts';
import { formatBytes, formatMilliseconds, formatShare } from '../figures.ts';
import type { Facts } from './facts.ts';

/** What to change of a ChatStack, and why. */
export type Proposal = {
  /** Path below `spec`. */
  readonly field: string;
  readonly present: string | number;
  readonly proposed: string | number;
  readonly because: string;
};

/** A rule: when it applies, and what a field should then be. */
export type Rule = {
  readonly field: string;
  /** Why the field should change, out of the numbers; undefined where they say nothing of the kind. */
  readonly reason: (facts: Facts) => string | undefined;
  /** The value to try next; undefined where there is none beyond the present one. */
  readonly next: (present: string | number, facts: Facts) => string | number | undefined;
};

/** Below this share of its cores, Postgres has room for more statements at once. */
const ROOM = 0.7;
/** A hit ratio below the aim is worth a change. */
const AIMED_HIT_RATIO = 0.85;
/** Redis evicts when its memory is full; this near to it, the next page already costs another. */
const NEARLY_FULL = 0.9;

const more = (factor: number) => (present: string | number) => Math.ceil(Number(present) * factor);
const one = (present: string | number) => Number(present) + 1;
const shareOf = ({ shares }: Facts, name: string): number => shares[name] ?? 0;

const maxMemory = ({ present }: Facts): number => {
  const value = parseQuantity(String(present('redis.maxMemory') ?? ''));
  return value === undefined ? Number.POSITIVE_INFINITY : toBytes(value);
};

const isRedisFull = (facts: Facts): boolean => (facts.redisBytes ?? 0) >= NEARLY_FULL * maxMemory(facts);

/** The hit ratio where it is below the aim. */
const missedHitRatio = ({ hitRatio }: Facts): number | undefined =>
  hitRatio !== undefined && hitRatio < AIMED_HIT_RATIO ? hitRatio : undefined;

/** Starting points, not laws: each is to be measured again after the change, by `load compare`. */
export const rules: readonly Rule[] = [
  {
    field: 'pgbouncer.poolSize',
    reason: (facts) => {
      const [wait, postgres] = [facts.queueWait ?? 0, shareOf(facts, 'postgres')];
      if (wait < LONG_WAIT || postgres >= ROOM || facts.isMachineFull || shareOf(facts, 'pgbouncer') >= SATURATED)
        return;
      return `clients waited up to ${formatMilliseconds(wait)} for a connection while Postgres used ${formatShare(postgres)} of its cores`;
    },
    next: more(1.5),
  },
  {
    field: 'postgres.resources.requests.cpu',
    reason: (facts) => {
      const [wait, postgres] = [facts.queueWait ?? 0, shareOf(facts, 'postgres')];
      if (wait < LONG_WAIT || postgres < SATURATED) return;
      return `clients waited up to ${formatMilliseconds(wait)} for a connection, and Postgres used ${formatShare(postgres)} of its cores: a larger pool would wait inside Postgres`;
    },
    next: (present) => {
      const cpu = parseQuantity(String(present));
      return cpu && formatQuantity({ ...cpu, milli: cpu.milli * 2n });
    },
  },
  {
    field: 'pgbouncer.replicas',
    reason: (facts) => {
      const share = shareOf(facts, 'pgbouncer');
      return share < SATURATED || facts.isMachineFull
        ? undefined
        : `PgBouncer used ${formatShare(share)} of the one core that a process of it can use`;
    },
    next: one,
  },
  {
    field: 'service.replicas',
    reason: (facts) => {
      const share = shareOf(facts, 'service');
      return share < SATURATED || facts.isMachineFull
        ? undefined
        : `the service used ${formatShare(share)} of the one core that a process of it can use`;
    },
    next: one,
  },
  {
    field: 'redis.maxMemory',
    reason: (facts) => {
      const ratio = missedHitRatio(facts);
      return ratio !== undefined && isRedisFull(facts)
        ? `the hit ratio was ${formatShare(ratio)} while Redis held ${formatBytes(facts.redisBytes ?? 0)} and evicted pages`
        : undefined;
    },
    next: (present) => {
      const memory = parseQuantity(String(present));
      return memory && formatQuantity(fromBytes(toBytes(memory) * 2));
    },
  },
  {
    field: 'service.cache.recentTTL',
    reason: (facts) => {
      const ratio = missedHitRatio(facts);
      return ratio !== undefined && !isRedisFull(facts)
        ? `the hit ratio was ${formatShare(ratio)} while Redis had memory to spare: pages ended, by a send or by their age, before they were read again, and the age is this field's`
        : undefined;
    },
    next: (present) => {
      const seconds = parseDuration(String(present));
      // Sends end pages, too: beyond some minutes time is no longer what ends them.
      return seconds === undefined || seconds >= 300 ? undefined : formatDuration(Math.min(300, seconds * 2));
    },
  },
  {
    field: 'pgbouncer.maxClientConnections',
    reason: (facts) => {
      const most =
        Number(facts.present('pgbouncer.maxClientConnections')) * Number(facts.present('pgbouncer.replicas') ?? 1);
      const isNear = facts.load.startsWith('pooler') && (facts.connections ?? 0) > 0.8 * most;
      return facts.failed > 0 && isNear
        ? `${formatShare(facts.failed)} failed with ${facts.connections?.toLocaleString('en')} clients straight at poolers that take ${most.toLocaleString('en')}`
        : undefined;
    },
    next: more(1.5),
  },
];
