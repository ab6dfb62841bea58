import { describe, expect, test } from '@jest/globals';
import { OperatorConfigError, readOperatorConfig } from './operator-config.ts';

describe('the configuration of the operator', () => {
  test('an empty environment watches every namespace with four workers', () => {
    expect(readOperatorConfig({})).toEqual({
      watchNamespace: undefined,
      serviceImage: undefined,
      development: false,
      metricsPort: 9464,
      workers: 4,
      leaderElectionLease: undefined,
      pods: undefined,
      logLevel: 'info',
    });
  });

  test('a variable that is set but empty counts as unset, as a chart writes it', () => {
    expect(readOperatorConfig({ WATCH_NAMESPACE: '', WORKERS: '', DEVELOPMENT: ' ' })).toEqual(readOperatorConfig({}));
  });

  test('every fault is told at once, with what was found', () => {
    const read = () => readOperatorConfig({ WATCH_NAMESPACE: 'Not_One', WORKERS: '0', LOG_LEVEL: 'loud' });
    expect(read).toThrow(OperatorConfigError);
    expect(read).toThrow(
      /WATCH_NAMESPACE: .*found "Not_One"[\s\S]*WORKERS: .*found "0"[\s\S]*LOG_LEVEL: .*found "loud"/,
    );
  });

  test('where its pods are is said by namespace and labels, or not at all', () => {
    const OPERATOR_POD_LABELS = 'app.kubernetes.io/name=chatstack-operator,app.kubernetes.io/instance=chat';
    expect(readOperatorConfig({ OPERATOR_NAMESPACE: 'system', OPERATOR_POD_LABELS }).pods).toEqual({
      namespace: 'system',
      podLabels: { 'app.kubernetes.io/name': 'chatstack-operator', 'app.kubernetes.io/instance': 'chat' },
    });
    expect(() => readOperatorConfig({ OPERATOR_NAMESPACE: 'system' })).toThrow(/expected both or none/);
    expect(() => readOperatorConfig({ OPERATOR_NAMESPACE: 'system', OPERATOR_POD_LABELS: 'name' })).toThrow(
      /OPERATOR_POD_LABELS: expected labels such as a=b,c=d; found "name"/,
    );
  });

  test('the result is frozen', () => {
    expect(Object.isFrozen(readOperatorConfig({}))).toBe(true);
  });
});
