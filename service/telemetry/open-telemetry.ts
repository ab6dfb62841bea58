import { AsyncLocalStorage } from 'node:async_hooks';
import type { RequestListener, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Context,
  defaultTextMapGetter,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  defaultResource,
  detectResources,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import {
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { DatabaseConfig } from '../config/config.ts';
import type { TracingConfig } from '../config/telemetry-config.ts';
import { VERSION } from './process-metrics.ts';
import {
  describeCommands,
  describePublishing,
  describeRequest,
  describeStatements,
  type SpanDescription,
} from './span-descriptions.ts';
import { tellOutages } from './trace-outages.ts';
import type { Tracing } from './tracing.ts';

/** The request under way, and the span that new ones are children of. */
type Place = { readonly server: Span; readonly context: Context };

/** Most spans that wait to be sent; further ones are dropped. About 1 KiB each. */
const QUEUE = {
  maxQueueSize: 2_048,
  maxExportBatchSize: 512,
  scheduledDelayMillis: 1_000,
  exportTimeoutMillis: 10_000,
};

const PROBE = /^\/(api\/v1\/)?health(\/|\?|$)/;

/**
 * Starts tracing. Names are those of OpenTelemetry's semantic conventions, and nothing that a user chose is among the values:
 * no path and no query (the route has the template), no statement (its operation and table), no key of Redis.
 * `tell` hears once when the receiver is away, and once when it is back; spans are lost meanwhile and nothing else.
 */
export function startTracing(
  config: TracingConfig,
  { database, redisUrl }: { readonly database: DatabaseConfig; readonly redisUrl: string | undefined },
  tell: (message: string) => void,
): Tracing {
  const provider = buildProvider(config, tell);
  const tracer = provider.getTracer('chatstack', VERSION);
  const propagator = new W3CTraceContextPropagator();
  const places = new AsyncLocalStorage<Place>();

  const startChild = (kind: SpanKind, describe: () => SpanDescription): Span | undefined => {
    const place = places.getStore();
    // Not sampled, or answered already: what it left behind in the background belongs to nobody.
    if (!place?.server.isRecording()) return undefined;
    const { name, attributes } = describe();
    return tracer.startSpan(name, { kind, attributes }, place.context);
  };
  const observe = (describe: (operation: string) => SpanDescription) => (operation: string) => {
    const span = startChild(SpanKind.CLIENT, () => describe(operation));
    return (error?: unknown) => endSpan(span, error);
  };
  const traceRequests = (listener: RequestListener): RequestListener => {
    return (request, response) => {
      const { method = '', url = '' } = request;
      if (PROBE.test(url)) return listener(request, response);
      const parent = propagator.extract(ROOT_CONTEXT, request.headers, defaultTextMapGetter);
      const { name, attributes } = describeRequest(method);
      const server = tracer.startSpan(name, { kind: SpanKind.SERVER, attributes }, parent);
      response.once('close', () => endServerSpan(server, response));
      places.run({ server, context: trace.setSpan(parent, server) }, () => listener(request, response));
    };
  };
  return {
    traceId: () => places.getStore()?.server.spanContext().traceId,
    keptTraceId: () => {
      const server = places.getStore()?.server;
      return server?.isRecording() ? server.spanContext().traceId : undefined;
    },
    traceRequests,
    nameRequest: (method, route, requestId) => {
      const server = places.getStore()?.server;
      server?.setAttribute('http.response.header.x-request-id', [requestId]);
      if (route === 'unmatched') return;
      server?.updateName(`${describeRequest(method).name} ${route}`).setAttribute('http.route', route);
    },
    observeStatement: observe(describeStatements(database)),
    observeCommand: observe(describeCommands(redisUrl)),
    tracePublishing: async (destination, publish) => {
      const span = startChild(SpanKind.PRODUCER, () => describePublishing(destination));
      const place = places.getStore();
      if (!span || !place) return publish();
      const below = { server: place.server, context: trace.setSpan(place.context, span) };
      return places.run(below, publish).then(
        (answer) => {
          endSpan(span);
          return answer;
        },
        (error) => {
          endSpan(span, error);
          throw error;
        },
      );
    },
    close: async (patienceMs) => {
      await Promise.race([provider.shutdown().catch(() => undefined), sleep(patienceMs, undefined, { ref: false })]);
    },
  };
}

function buildProvider(config: TracingConfig, tell: (message: string) => void): TracerProvider {
  const root = config.ratio === 1 ? new AlwaysOnSampler() : new TraceIdRatioBasedSampler(config.ratio);
  const exporter = tellOutages(new OTLPTraceExporter({ url: config.url }), tell);
  const resource = defaultResource()
    .merge(detectResources({ detectors: [resourceAttributesEnvDetector] }))
    .merge(resourceFromAttributes({ 'service.name': config.serviceName, 'service.version': VERSION }));
  return new TracerProvider({
    resource,
    sampler: config.followsCaller ? new ParentBasedSampler({ root }) : root,
    spanLimits: { attributeValueLengthLimit: 256 },
    spanProcessors: [new BatchSpanProcessor({ exporter, ...QUEUE })],
  });
}

function endServerSpan(span: Span, response: ServerResponse): void {
  const { statusCode, writableFinished } = response;
  span.setAttribute('http.response.status_code', statusCode);
  if (statusCode >= 500) span.setAttribute('error.type', String(statusCode)).setStatus({ code: SpanStatusCode.ERROR });
  else if (!writableFinished) span.setAttribute('error.type', 'aborted');
  span.end();
}

/** Ends a span. Of an error only what kind it is: its message may hold what a user wrote. */
function endSpan(span: Span | undefined, error?: unknown): void {
  if (error !== undefined) {
    const { code, name } = Object(error) as { code?: unknown; name?: unknown };
    span?.setAttribute('error.type', String(code ?? name ?? 'error')).setStatus({ code: SpanStatusCode.ERROR });
  }
  span?.end();
}
