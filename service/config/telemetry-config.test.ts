import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { parseServiceConfig } from './config.ts';
import { buildTelemetryConfig, telemetrySettings } from './telemetry-config.ts';

const parse = (environment: Record<string, string>) =>
  buildTelemetryConfig(z.object(telemetrySettings).parse(environment));

describe('the configuration of traces', () => {
  test('is absent without an endpoint, and where OpenTelemetry is switched off', () => {
    expect(parse({ OTEL_TRACES_SAMPLER: 'always_on' }).tracing).toBeUndefined();
    const off = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318', OTEL_SDK_DISABLED: 'TRUE' };
    expect(parse(off).tracing).toBeUndefined();
  });

  test('appends the path of traces to the common endpoint, and takes the one for traces as it is', () => {
    for (const endpoint of ['http://collector:4318', 'http://collector:4318/']) {
      expect(parse({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }).tracing).toEqual({
        url: 'http://collector:4318/v1/traces',
        serviceName: 'chat-service',
        ratio: 1,
        followsCaller: true,
      });
    }
    const url = 'https://traces.example/in?x=1';
    const both = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://other', OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: url };
    expect(parse(both).tracing?.url).toBe(url);
  });

  test.each([
    ['always_on', '0.5', 1, false],
    ['always_off', '0.5', 0, false],
    ['traceidratio', '0.5', 0.5, false],
    ['parentbased_always_on', '0.5', 1, true],
    ['parentbased_always_off', '0.5', 0, true],
    ['parentbased_traceidratio', '0.25', 0.25, true],
  ])('samples with %s and %s a share of %d', (sampler, argument, ratio, followsCaller) => {
    const environment = {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318',
      OTEL_TRACES_SAMPLER: sampler,
      OTEL_TRACES_SAMPLER_ARG: argument,
    };
    expect(parse(environment).tracing).toMatchObject({ ratio, followsCaller });
  });

  test('says what was expected, and never shows an endpoint, which may hold a password', () => {
    const environment = {
      DATABASE_URL: 'postgresql://ann:secret-one@db/chat',
      REDIS_URL: 'redis://cache',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'ftp://ann:secret-two@collector',
      OTEL_TRACES_SAMPLER: 'sometimes',
      OTEL_TRACES_SAMPLER_ARG: '1.5',
      LOG_REQUESTS: 'many',
    };
    expect(() => parseServiceConfig(environment)).toThrow(
      /LOG_REQUESTS: expected notable or all.*ENDPOINT: expected a URL such as http:\/\/collector:4318, found something else \(not shown\).*SAMPLER: expected always_on.*SAMPLER_ARG: expected a share from 0 to 1/s,
    );
    expect(() => parseServiceConfig(environment)).not.toThrow(/secret/);
  });
});
