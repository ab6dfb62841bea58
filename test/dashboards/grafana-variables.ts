/** What Grafana puts in the place of its variables. */
export type GrafanaVariables = {
  readonly namespace: string;
  readonly stack: string;
  /** Seconds between two scrapes. */
  readonly scrapeInterval: number;
  /** Seconds between two points of a chart. */
  readonly step: number;
  /** Seconds of the chosen time. */
  readonly range: number;
};

/** The expression that Grafana sends where any job, instance and route is chosen. Throws where a variable is not known. */
export function fillVariables(expression: string, variables: GrafanaVariables): string {
  const { namespace, stack, scrapeInterval, step, range } = variables;
  const values: Record<string, string> = {
    namespace,
    stack,
    job: '.+',
    instance: '.+',
    route: '.+',
    // As Grafana's documentation has it: enough for a rate over at least four scrapes.
    __rate_interval: `${Math.max(step + scrapeInterval, 4 * scrapeInterval)}s`,
    __range: `${range}s`,
  };
  return expression.replace(/\$(\w+)/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined)
      throw new Error(`Expected a variable that dashboards have, found $${name} in: ${expression}`);
    return value;
  });
}
