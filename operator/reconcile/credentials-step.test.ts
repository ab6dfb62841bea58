import { credentialKeys } from '@chatstack/stack/plan/stack-plan.ts';
import { describe, expect, test } from '@jest/globals';
import type { KubernetesObject } from '../runtime/object.ts';
import { buildRevision } from './credentials-step.ts';

const secretOf = (uid: string, text: Record<string, string>): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: uid, uid },
  data: Object.fromEntries(Object.entries(text).map(([key, value]) => [key, Buffer.from(value).toString('base64')])),
});

const generated = (changed: Record<string, string> = {}) =>
  secretOf('made', { ...Object.fromEntries(credentialKeys.map((key) => [key, `${key} 1`])), ...changed });
const login = (password: string) => secretOf('login', { username: 'chat', password });

describe('the revision of the passwords', () => {
  test('is the same for the same passwords, whatever else a Secret holds', () => {
    expect(buildRevision(generated({ note: 'rotated never' }), login('a'))).toBe(
      buildRevision(generated(), login('a')),
    );
  });

  test.each([
    ['a generated password', buildRevision(generated({ 'service-password': '2' }), undefined), undefined],
    ['the login of an external Postgres', buildRevision(generated(), login('b')), login('a')],
  ])('is another one when %s changes in place', (_, changed, before) => {
    expect(changed).not.toBe(buildRevision(generated(), before));
  });

  test('tells no password', () => {
    expect(buildRevision(generated(), login('hunter2'))).toMatch(/^made\.[0-9a-f]{16}$/);
  });
});
