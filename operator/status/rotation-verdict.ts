import type { StackStatus, Verdict } from './stack-status.ts';

/** Whether passwords are being rotated; undefined while nothing is known of them. Never part of Ready: the stack serves all the while. */
export function judgeRotation(credentials: StackStatus['credentials']): Verdict | undefined {
  if (credentials === undefined) return undefined;
  const { phase, message } = credentials;
  const isAtWork = phase === 'Preparing' || phase === 'Replacing' || phase === 'Dropping';
  return { status: isAtWork ? 'True' : 'False', reason: phase, message };
}
