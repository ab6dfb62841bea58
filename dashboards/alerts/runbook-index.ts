import type { Alert } from './alert.ts';

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

const row = ({ name, severity, for: pending, when, threshold }: Alert): string =>
  `| [${name}](${name}.md) | ${severity} | ${pending} | ${cell(when)} | ${cell(threshold)} |`;

const table = (alerts: readonly Alert[]): string =>
  [
    '| alert | severity | for | what is looked at | fires when it is |',
    '|---|---|---|---|---|',
    ...alerts.map(row),
  ].join('\n');

const waysIn = `
## Ways in

In all pages the stack is \`acme\` in the namespace \`chat\`, its manifest is \`acme.yaml\`, and the operator is in \`chatstack-system\`: put yours. POD and NAME
are names that the commands before showed. Beside \`kubectl\` there is [\`chatstack\`](../reference/command-line.md); begin with

\`\`\`sh
chatstack status acme -n chat   # pods, pools and who waits in them, the budget, conditions, Events
chatstack doctor acme -n chat   # what is not as it should be, each with what to do
\`\`\`

The consoles of the components:

\`\`\`sh
# Postgres. Managed: as its superuser
kubectl exec -it -n chat acme-postgres-0 -- sh -c 'PGPASSWORD=$POSTGRES_PASSWORD psql -h 127.0.0.1 -U postgres chatstack'
# … of CloudNativePG
kubectl exec -it -n chat acme-postgres-1 -c postgres -- psql chatstack
# PgBouncer: SHOW POOLS, SHOW CLIENTS, SHOW CONFIG
kubectl port-forward -n chat deployment/acme-pgbouncer 6432:6432 &
PGPASSWORD=$(kubectl get secret -n chat acme-credentials -o jsonpath='{.data.pgbouncer-admin-password}' | base64 -d) \\
  psql -h 127.0.0.1 -p 6432 -U chatstack_admin pgbouncer
# Redis. With an image of Valkey it is valkey-cli; with spec.tls add --tls --insecure
kubectl exec -it -n chat deployment/acme-redis -- redis-cli
\`\`\`

Servers of others (\`mode: External\`) are entered as their owners say. A change of the stack is a change of its spec: what is set by hand on its objects is
set back. Where the spec comes from a repository, change it there, or the next synchronisation undoes it.

## Fewer messages

What an Alertmanager leaves out, so that one trouble is one message (a part of its \`alertmanager.yml\`):

\`\`\`yaml
route:
  group_by: [namespace, stack]
inhibit_rules:
  # the same trouble, less far on
  - source_matchers: ['severity="critical"', 'alertname=~"ChatStack.+"']
    target_matchers: ['severity="warning"']
    equal: [alertname, namespace, stack, instance, persistentvolumeclaim, certificate]
  # what follows from what is down, or full
  - source_matchers: ['severity="critical"', 'alertname=~"ChatStackPostgresDown|ChatStackPostgresDiskFull|ChatStackPoolerDown|ChatStackServiceDown"']
    target_matchers:
      - 'alertname=~"ChatStackErrorBudgetBurn|ChatStackLatencyBudgetBurn|ChatStackStatementsSlow|ChatStackReplicasMissing|ChatStackNotReady"'
    equal: [namespace, stack]
\`\`\`
`;

/** The page that lists alerts, those of a stack and those on the operator, each with its runbook. */
export const buildRunbookIndex = (ofStack: readonly Alert[], ofOperator: readonly Alert[]): string =>
  `<!-- Made by \`make generate\` from dashboards/alerts; edits are lost. -->
# Alerts and their runbooks

Each alert links to its page here. \`critical\`: users are hurt, or will be within hours, so somebody is woken. \`warning\`: somebody looks within the
working day. Where a warning and a critical alert share a name, the critical one is the same trouble further on.

"for" is how long it must last. Thresholds are those of a stack that sets none; the sizes that they are shares of are those of the stack's plan
(\`chatstack plan -f FILE\`). \`spec.monitoring.alerts.thresholds\` sets others. [Which fired when something broke](../alarms.md), and how soon, was tried.
${waysIn}
## Of a stack

${table(ofStack)}

## Of the operator

${table(ofOperator)}
`;
