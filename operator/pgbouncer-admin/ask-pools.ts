import { type AdminConsoleTarget, type PoolState, withAdminConsole } from './admin-console.ts';

/** What one pooler said of its pools, or why it could not be asked. */
export type PoolsAnswer =
  | { readonly kind: 'answered'; readonly pools: readonly PoolState[] }
  | { readonly kind: 'unreachable'; readonly reason: string };

/** Asks one pooler what its pools are doing now; its own console, which is a pool too, is left out. Never rejects. */
export async function askPools(target: AdminConsoleTarget): Promise<PoolsAnswer> {
  try {
    const pools = await withAdminConsole(target, (console) => console.showPools());
    return { kind: 'answered', pools: pools.filter(({ database }) => database !== 'pgbouncer') };
  } catch (error) {
    return { kind: 'unreachable', reason: error instanceof Error ? error.message : String(error) };
  }
}
