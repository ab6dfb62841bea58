import { buildRuleGroups } from '@chatstack/dashboards/alerts/build-rules.ts';
import { usualInput } from '@chatstack/dashboards/testing/alerts/inputs.ts';
import { writeYaml } from '@chatstack/stack/config/prometheus-yml.ts';
import { expect, test } from '@jest/globals';
import { pickKubeletRules } from './kubelet-prometheus.ts';

test('the rules on what the kubelet measures are picked out of those of a stack', () => {
  const picked = pickKubeletRules(writeYaml({ groups: buildRuleGroups(usualInput) }));
  const names = picked.flatMap(({ rules }) => rules.map((rule) => (rule as { alert?: string }).alert));
  expect(names).toEqual(['ChatStackVolumeFilling', 'ChatStackVolumeFilling', 'ChatStackVolumeFillsSoon']);
});
