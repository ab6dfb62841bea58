import type { Statement } from '../data/statement.ts';
import type { StackUnderTest } from './stack-under-test.ts';

/** A node of a plan, as EXPLAIN tells it in JSON. */
export type PlanNode = { readonly [key: string]: unknown; readonly Plans?: readonly PlanNode[] };

/** A plan that was carried out: all its nodes, and how many blocks were touched. */
export type ExplainedPlan = { readonly nodes: readonly PlanNode[]; readonly blocks: number };

const nodesOf = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)];

/** Carries a statement out and answers its plan. */
export async function explain(stack: StackUnderTest, { sql, values }: Statement): Promise<ExplainedPlan> {
  let place = 0;
  const numbered = sql.replaceAll('?', () => `$${++place}`);
  const [row] = await stack.query(`explain (analyze, buffers, format json) ${numbered}`, values);
  const { Plan: root } = (row as { 'QUERY PLAN': [{ Plan: PlanNode }] })['QUERY PLAN'][0];
  return { nodes: nodesOf(root), blocks: Number(root['Shared Hit Blocks']) + Number(root['Shared Read Blocks']) };
}
