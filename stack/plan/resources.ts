import type { ChatStackSpec } from '../api/chat-stack.ts';
import { compareQuantities, formatQuantity, type Quantity, quantity } from '../quantity/quantity.ts';
import type { Shares } from './sizes.ts';
import type { Resources } from './stack-plan.ts';

type AskedResources = ChatStackSpec['service']['resources'];

const smaller = (left: Quantity, right: Quantity): Quantity => (compareQuantities(left, right) <= 0 ? left : right);
const larger = (left: Quantity, right: Quantity): Quantity => (compareQuantities(left, right) >= 0 ? left : right);

/**
 * Lays what the spec asks for over the row of the table. Where only one of request and limit is set, the other gives way, so that a
 * request never exceeds its limit.
 */
export const buildResources = (shares: Shares, asked: AskedResources): Resources => {
  const read = (value: string | number | undefined) => (value === undefined ? undefined : quantity(String(value)));
  const request = { cpu: read(asked?.requests?.cpu), memory: read(asked?.requests?.memory) };
  const limit = { cpu: read(asked?.limits?.cpu), memory: read(asked?.limits?.memory) };
  const cpu = request.cpu ?? (limit.cpu ? smaller(quantity(shares.cpu), limit.cpu) : quantity(shares.cpu));
  const memory =
    request.memory ?? (limit.memory ? smaller(quantity(shares.memory), limit.memory) : quantity(shares.memory));
  const memoryLimit = limit.memory ?? larger(quantity(shares.memoryLimit), memory);
  return {
    requests: { cpu: formatQuantity(cpu), memory: formatQuantity(memory) },
    limits: {
      ...(limit.cpu ? { cpu: formatQuantity(limit.cpu) } : {}),
      memory: formatQuantity(memoryLimit),
    },
  };
};

/** `requests.cpu=…` in one line, for people. */
export const formatResources = ({ requests, limits }: Resources): string =>
  `cpu ${requests.cpu}${limits.cpu ? ` (at most ${limits.cpu})` : ''}, memory ${requests.memory} (at most ${limits.memory})`;
