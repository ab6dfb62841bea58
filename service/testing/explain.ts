import type { Statement } from '../data/statement.ts';
import type { Run } from '../data/transaction.ts';
import type { StackUnderTest } from './stack-under-test.ts';

/** A node of a plan, as EXPLAIN tells it in JSON. */
export type PlanNode = { readonly [key: string]: unknown; readonly Plans?: readonly PlanNode[] };

/** A plan that was carried out: all its nodes, and how many blocks were touched. */
export type ExplainedPlan = { readonly nodes: readonly PlanNode[]; readonly blocks: number };

const nodesOf = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)];

type Rows = readonly Record<string, unknown>[];

/** Carries a statement out and answers its plan. */
export async function explain(stack: StackUnderTest, { sql, values }: Statement): Promise<ExplainedPlan> {
  let place = 0;
  return readPlan(await stack.query(EXPLAIN + sql.replaceAll('?', () => `$${++place}`), values));
}

/** The same within a transaction, under its settings. */
export async function explainWithin(run: Run, { sql, values }: Statement): Promise<ExplainedPlan> {
  return readPlan(await run({ sql: EXPLAIN + sql, values }));
}

const EXPLAIN = 'explain (analyze, buffers, format json) ';

function readPlan([row]: Rows): ExplainedPlan {
  const { Plan: root } = (row as { 'QUERY PLAN': [{ Plan: PlanNode }] })['QUERY PLAN'][0];
  return { nodes: nodesOf(root), blocks: Number(root['Shared Hit Blocks']) + Number(root['Shared Read Blocks']) };
}
