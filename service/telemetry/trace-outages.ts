import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import type { SpanExporter } from '@opentelemetry/sdk-trace';
import { describeMessage } from './error-fields.ts';

/** An exporter that says once when its receiver is away and once when it is back, instead of at each batch or never. */
export function tellOutages(exporter: SpanExporter, tell: (message: string) => void): SpanExporter {
  let isAway = false;
  const hear = ({ code, error }: ExportResult, count: number) => {
    const failed = code !== ExportResultCode.SUCCESS;
    if (failed && !isAway) tell(`Traces are lost: ${count} spans could not be sent: ${describeMessage(error ?? {})}`);
    if (!failed && isAway) tell('Traces are received again');
    isAway = failed;
  };
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        hear(result, spans.length);
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
  };
}
