import { runPromtool } from '@chatstack/test/engines/promtool.ts';
import { describe, expect, test } from '@jest/globals';
import type { AlertCase } from '../testing/alerts/alert-case.ts';
import { allCases } from '../testing/alerts/all-cases.ts';
import { goldenInputs, operatorInput, usualInput } from '../testing/alerts/inputs.ts';
import { alertRulesOf, findRule, runCase } from '../testing/alerts/run-case.ts';
import type { AlertInput } from './alert-input.ts';
import type { AlertRule } from './build-rules.ts';
import { buildOperatorRuleGroups, buildRuleGroups } from './build-rules.ts';
import { defaultThresholds, type Thresholds } from './thresholds.ts';

const groupsOf = ({ input }: Pick<AlertCase, 'input'>) => [
  ...buildRuleGroups({ ...usualInput, ...input }),
  ...buildOperatorRuleGroups(operatorInput),
];

const sentenceOf = ({ alert, fires, when }: AlertCase): string =>
  `${alert} ${fires.length > 0 ? 'fires' : 'does not fire'} ${when}`;

/** Rules of one name differ in their labels. */
const keyOf = ({ alert, labels }: AlertRule): string => `${alert} ${JSON.stringify(labels)}`;

describe('alerts, as promtool evaluates them', () => {
  test.each(allCases.map((each) => [sentenceOf(each), each] as const))('%s', async (_, example) => {
    expect(await runCase(groupsOf(example), example)).toBe('');
  });

  test('each rule fires in a case, and each alert has a case in which it does not fire', () => {
    const rules = allCases.flatMap((example) => alertRulesOf(groupsOf(example)));
    const firing = allCases.flatMap((example) =>
      example.fires.map((expected) => keyOf(findRule(alertRulesOf(groupsOf(example)), example.alert, expected))),
    );
    const silent = allCases.filter(({ fires }) => fires.length === 0).map(({ alert }) => alert);
    expect(rules.length).toBeGreaterThan(0);
    expect(new Set(rules.map(keyOf))).toEqual(new Set(firing));
    expect(new Set(rules.map(({ alert }) => alert))).toEqual(new Set(silent));
  });
});

describe('the rules of a stack', () => {
  test.each(Object.entries(goldenInputs))('are valid to Prometheus: %s', async (_, input) => {
    const groups = [...buildRuleGroups(input), ...buildOperatorRuleGroups(operatorInput)];
    expect(
      await runPromtool(['check', 'rules', '--lint=all', '--lint-fatal', 'rules.yml'], { 'rules.yml': { groups } }),
    ).toBe('');
  });

  test('a file that is none is refused, so that the check can fail', async () => {
    const groups = [{ name: 'a', rules: [{ alert: 'A', expr: 'sum(' }] }];
    expect(await runPromtool(['check', 'rules', 'rules.yml'], { 'rules.yml': { groups } })).toContain('parse error');
  });

  test('are about this stack alone, but for series that do not name stacks', () => {
    const foreign = /^(kubelet_volume_stats|kube_pod|container_cpu)/;
    const rules = buildRuleGroups(usualInput).flatMap((group) => group.rules);
    const selectors = rules.flatMap(({ expr }) => expr.match(/[a-z_:0-9]+\{[^}]*\}/g) ?? []);
    expect(selectors.length).toBeGreaterThan(rules.length);
    for (const selector of selectors) {
      expect(selector).toContain(foreign.test(selector) ? 'namespace="chat"' : 'namespace="chat",stack="acme"');
    }
  });

  test('say where to read on, and name no dashboard where there is no Grafana', () => {
    const [withGrafana, without] = [usualInput, goldenInputs.bare ?? usualInput].map((input) =>
      alertRulesOf(buildRuleGroups(input)),
    );
    for (const { alert, annotations } of withGrafana ?? []) {
      expect(annotations).toMatchObject({
        runbook_url: `https://example.com/runbooks/${alert}.md`,
        dashboard_url: expect.stringMatching(
          /^https:\/\/grafana\.example\.com\/d\/chatstack-[a-z]+\?var-namespace=chat/,
        ),
      });
    }
    expect(without?.filter(({ annotations }) => 'dashboard_url' in annotations)).toEqual([]);
  });

  test('have every threshold somewhere, so that setting it has an effect', () => {
    const text = (thresholds: Partial<Thresholds>) =>
      JSON.stringify([
        ...buildRuleGroups({ ...usualInput, thresholds }),
        ...buildOperatorRuleGroups({ ...operatorInput, thresholds }),
      ]);
    const names = Object.keys(defaultThresholds) as (keyof Thresholds)[];
    const usual = text({});
    expect(names.filter((name) => text({ [name]: defaultThresholds[name] * 0.9 }) === usual)).toEqual([]);
  });

  test('depend on all that is known of a stack', () => {
    const text = (input: AlertInput) => JSON.stringify(buildRuleGroups(input));
    const compose = { ...usualInput, hasOperator: false };
    const other = (value: unknown) =>
      typeof value === 'number' ? value * 100 + 1 : typeof value === 'boolean' ? !value : `${value}-2`;
    const ignored = Object.entries(usualInput).filter(
      ([name, value]) =>
        typeof value !== 'object' &&
        [usualInput, compose].every((input) => text(input) === text({ ...input, [name]: other(value) })),
    );
    expect(ignored).toEqual([]);
  });

  test('warn no later than they become critical, where the author has set that one alone', () => {
    const [warning, critical] = alertRulesOf(buildRuleGroups({ ...usualInput, thresholds: { poolUseCritical: 0.7 } }))
      .filter(({ alert }) => alert === 'ChatStackPoolSaturated')
      .map(({ expr }) => expr);
    expect(warning).toMatch(/> 0\.7$/);
    expect(critical).toContain('> 0.7\n');
  });

  test('take rates over four scrapes at least', () => {
    const records = buildRuleGroups({ ...usualInput, scrapeIntervalSeconds: 300 }).flatMap(({ rules }) =>
      rules.flatMap((rule) => ('record' in rule ? [rule.record] : [])),
    );
    expect(records).toContain('stack:http_requests_failed:rate20m');
    expect(records).not.toContain('stack:http_requests_failed:rate5m');
  });
});
