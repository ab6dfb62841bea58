import { z } from 'zod';

/** Where traces go and how many of them. */
export type TracingConfig = {
  /** Full address of the receiver of traces, OTLP as protobuf over HTTP. */
  readonly url: string;
  readonly serviceName: string;
  /** Share of traces that are kept, where the caller has not decided it, from 0 to 1. */
  readonly ratio: number;
  /** Whether the decision of the caller (its traceparent) is followed. */
  readonly followsCaller: boolean;
};

/** What is logged of requests, and whether they are traced: not at all where `tracing` is absent. */
export type TelemetryConfig = {
  /** `notable`: those that failed (5xx) or were slow; `all`: each. */
  readonly logRequests: 'notable' | 'all';
  readonly tracing: TracingConfig | undefined;
};

const endpoint = z
  .string()
  .refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), {
    error: 'a URL such as http://collector:4318',
  })
  .optional();

const SAMPLERS = {
  always_on: { followsCaller: false, ratio: 1 },
  always_off: { followsCaller: false, ratio: 0 },
  traceidratio: { followsCaller: false, ratio: undefined },
  parentbased_always_on: { followsCaller: true, ratio: 1 },
  parentbased_always_off: { followsCaller: true, ratio: 0 },
  parentbased_traceidratio: { followsCaller: true, ratio: undefined },
} as const;

const samplerNames = Object.keys(SAMPLERS) as (keyof typeof SAMPLERS)[];

/** Settings of logs and traces. The names of the latter, and what they mean, are those of OpenTelemetry. */
export const telemetrySettings = {
  LOG_REQUESTS: z.enum(['notable', 'all'], 'notable or all').default('notable'),
  OTEL_SDK_DISABLED: z.string().optional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: endpoint,
  OTEL_SERVICE_NAME: z.string().default('chat-service'),
  OTEL_TRACES_SAMPLER: z.enum(samplerNames, samplerNames.join(', ')).default('parentbased_always_on'),
  OTEL_TRACES_SAMPLER_ARG: z
    .string()
    .refine((text) => /^(0(\.\d+)?|1(\.0+)?)$/.test(text), { error: 'a share from 0 to 1, such as 0.1' })
    .transform(Number)
    .default(1),
};

/** What the settings come to. Traces are made only where an endpoint is given. */
export function buildTelemetryConfig(
  values: z.output<z.ZodObject<typeof telemetrySettings>>,
): Readonly<TelemetryConfig> {
  const url =
    values.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ??
    (values.OTEL_EXPORTER_OTLP_ENDPOINT && `${values.OTEL_EXPORTER_OTLP_ENDPOINT.replace(/\/$/, '')}/v1/traces`);
  const isWanted = url !== undefined && values.OTEL_SDK_DISABLED?.toLowerCase() !== 'true';
  const { followsCaller, ratio = values.OTEL_TRACES_SAMPLER_ARG } = SAMPLERS[values.OTEL_TRACES_SAMPLER];
  const tracing = isWanted
    ? Object.freeze({ url, serviceName: values.OTEL_SERVICE_NAME, ratio, followsCaller })
    : undefined;
  return Object.freeze({ logRequests: values.LOG_REQUESTS, tracing });
}
