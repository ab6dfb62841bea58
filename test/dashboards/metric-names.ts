import { parser } from '@prometheus-io/lezer-promql';

/**
 * The metric names that a PromQL expression reads, sorted, each once.
 *
 * Throws when the expression does not parse: expected PromQL, with the position and text of what was found.
 */
export function readMetricNames(expression: string): string[] {
  const names = new Set<string>();
  parser.parse(expression).iterate({
    enter(node) {
      if (node.type.isError) {
        throw new Error(
          `expected PromQL, found ${JSON.stringify(expression.slice(node.from, node.from + 20))} at position ${node.from} of: ${expression}`,
        );
      }
      if (node.name === 'VectorSelector') {
        const identifier = node.node.getChild('Identifier');
        if (identifier) names.add(expression.slice(identifier.from, identifier.to));
      }
    },
  });
  return [...names].sort();
}
