import type { ChatStackSpec } from '../api/chat-stack.ts';
import type { EnvironmentVariable } from '../plan/stack-plan.ts';

type IdentityFields = Pick<ChatStackSpec['service'], 'auth' | 'rateLimits'>;

const ifSet = (name: string, value: string | undefined): readonly EnvironmentVariable[] =>
  value === undefined ? [] : [{ name, value }];

const authVariables = ({ auth }: IdentityFields): readonly EnvironmentVariable[] =>
  auth.mode === 'Development'
    ? []
    : [
        { name: 'AUTH_MODE', value: 'jwt' },
        ...ifSet('JWT_ISSUER', auth.issuer),
        ...ifSet('JWT_AUDIENCE', auth.audience),
        ...ifSet('JWT_JWKS_URL', auth.jwksURL),
        ...(auth.secretRef === undefined ? [] : [{ name: 'JWT_SECRET', secret: auth.secretRef }]),
        ...ifSet('JWT_ALGORITHMS', auth.algorithms?.join(',')),
      ];

const usualPercent = 100;

/**
 * The variables that decide who asks and how often. What the service does by itself is left out, so that a spec which says nothing
 * of them changes no process.
 */
export const buildIdentityEnvironment = (fields: IdentityFields): readonly EnvironmentVariable[] => {
  const { enabled, percent } = fields.rateLimits;
  return [
    ...authVariables(fields),
    ...ifSet('RATE_LIMITS', enabled === undefined ? undefined : enabled ? 'on' : 'off'),
    ...ifSet('RATE_LIMIT_PERCENT', percent === usualPercent ? undefined : String(percent)),
  ];
};
