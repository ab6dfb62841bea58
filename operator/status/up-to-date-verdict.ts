import { formatFaults } from '@chatstack/stack/api/fault.ts';
import { upgradeAnnotation } from '../reconcile/stack-record.ts';
import type { Verdict } from './stack-status.ts';
import type { StatusInput } from './summarize-status.ts';

/** Objects that are named before the rest is counted. */
const named = 6;

/** Whether the stack is as the operator that runs now would plan it; `undefined` when nothing was planned. Never part of Ready. */
export function judgeUpToDate({ stack, decided, awaiting, plannedBy, version }: StatusInput): Verdict | undefined {
  if (decided.kind !== 'apply' || awaiting === undefined) return undefined;
  const planned = `version ${plannedBy} of the operator planned it, and it is kept as it is`;
  const anew = decided.kept?.anew;
  if (anew?.kind === 'refused') {
    const message = `${planned}: version ${version} would refuse its spec. Correct it with the next change:\n${formatFaults(anew.faults)}`;
    return { status: 'False', reason: 'WouldBeRefused', message };
  }
  if (awaiting.length === 0) {
    return { status: 'True', reason: 'Planned', message: 'this version of the operator would plan it the same' };
  }
  const rest = awaiting.length - named;
  const objects = `${awaiting.slice(0, named).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
  const { name, namespace } = stack.metadata;
  const command = `kubectl annotate chatstack ${name} -n ${namespace} ${upgradeAnnotation}="$(date +%s)" --overwrite`;
  const message =
    `${planned}: version ${version} would change ${objects}. The next change of its spec brings that along; ` +
    `to have it now: chatstack upgrade ${name}, or ${command}`;
  return { status: 'False', reason: 'NewerDefaults', message };
}
