import { runPromtool } from '@chatstack/test/engines/promtool.ts';
import type { AlertRule, RuleGroup } from '../../alerts/build-rules.ts';
import type { AlertCase, Expected } from './alert-case.ts';
import { usualInput } from './inputs.ts';

/** The alert rules of groups. */
export const alertRulesOf = (groups: readonly RuleGroup[]): readonly AlertRule[] =>
  groups.flatMap(({ rules }) => rules).filter((rule): rule is AlertRule => 'alert' in rule);

/** The rule that raises what a case expects: of its name and severity, and with none of its labels different. */
export function findRule(rules: readonly AlertRule[], alert: string, expected: Expected): AlertRule {
  const labels: { readonly [name: string]: string } = { ...expected.labels, severity: expected.severity };
  const found = rules.filter(
    (rule) =>
      rule.alert === alert && Object.entries(rule.labels).every(([name, value]) => (labels[name] ?? value) === value),
  );
  const [rule, other] = found;
  if (rule === undefined || other !== undefined)
    throw new Error(`expected one rule ${alert} with ${JSON.stringify(labels)}, found ${found.length}`);
  return rule;
}

/** Runs one case; what promtool says of it. */
export function runCase(groups: readonly RuleGroup[], example: AlertCase): Promise<string> {
  const own = groups
    .map((group) => ({
      ...group,
      rules: group.rules.filter((rule) => 'record' in rule || rule.alert === example.alert),
    }))
    .filter((group) => alertRulesOf([group]).length > 0);
  const rules = alertRulesOf(own);
  const stack = `namespace="${usualInput.namespace}",stack="${usualInput.stack}"`;
  const test = {
    rule_files: ['rules.yml'],
    evaluation_interval: '1m',
    tests: [
      {
        interval: '1m',
        input_series: Object.entries(example.series).map(([series, values]) => ({
          series: series.replace('$', stack),
          values,
        })),
        alert_rule_test: [
          {
            eval_time: `${example.minutes}m`,
            alertname: example.alert,
            exp_alerts: example.fires.map((expected) => {
              const rule = findRule(rules, example.alert, expected);
              return {
                exp_labels: { ...expected.labels, ...rule.labels },
                exp_annotations: { ...rule.annotations, description: expected.description },
              };
            }),
          },
        ],
      },
    ],
  };
  return runPromtool(['test', 'rules', 'case.yml'], { 'rules.yml': { groups: own }, 'case.yml': test });
}
