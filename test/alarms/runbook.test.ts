import { describe, expect, test } from '@jest/globals';
import { putNames, readDiagnosis } from './runbook.ts';

const page = `# Alert

## Meaning

It is down.

## Diagnosis

\`\`\`sh
# a comment
chatstack status acme -n chat
kubectl port-forward -n chat service/acme-service 3001:3001 &
curl -s http://localhost:3001/api/v1/health
PASSWORD=$(kubectl get secret) \\
  psql -c 'SHOW POOLS'
\`\`\`

Then:

\`\`\`sh
kubectl exec -i -n chat acme-postgres-0 -- psql <<'SQL'
SELECT 1;

SELECT 2;
SQL
\`\`\`

## Mitigation

\`\`\`sh
kubectl delete pod POD
\`\`\`
`;

describe('the diagnosis of a runbook', () => {
  test('is each of its commands, with what runs on beside it in the same block', () => {
    const beside = ['kubectl port-forward -n chat service/acme-service 3001:3001 &'];
    expect(readDiagnosis(page)).toEqual([
      { beside: [], command: 'chatstack status acme -n chat' },
      { beside, command: 'curl -s http://localhost:3001/api/v1/health' },
      { beside, command: "PASSWORD=$(kubectl get secret) \\\n  psql -c 'SHOW POOLS'" },
      { beside: [], command: "kubectl exec -i -n chat acme-postgres-0 -- psql <<'SQL'\nSELECT 1;\n\nSELECT 2;\nSQL" },
    ]);
  });

  test('is nothing where a page has no such section', () => {
    expect(readDiagnosis('# Alert\n\n## Meaning\n')).toEqual([]);
  });

  test('is read with the names of a stack, which leave names that only look alike', () => {
    const names = {
      stack: 'disk',
      namespace: 'alarms',
      operatorNamespace: 'alarms-system',
      manifest: 'stack.json',
      pod: 'disk-redis-a',
      name: 'lease-a',
    };
    const put = (text: string) => putNames(text, names);
    expect(put('chatstack plan -f acme.yaml -n chat --diff')).toBe('chatstack plan -f stack.json -n alarms --diff');
    expect(put('kubectl exec -n chat acme-postgres-0 -- psql -U postgres chatstack')).toBe(
      'kubectl exec -n alarms disk-postgres-0 -- psql -U postgres chatstack',
    );
    expect(put('kubectl logs -n chatstack-system POD')).toBe('kubectl logs -n alarms-system disk-redis-a');
    expect(put('kubectl describe lease NAME')).toBe('kubectl describe lease lease-a');
  });
});
