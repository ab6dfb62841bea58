import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createFolder } from './account.ts';
import { startEngine } from './engine-process.ts';
import { startOnFreePort } from './free-port.ts';
import { requireProgram } from './programs.ts';

/** What a Prometheus for tests scrapes. */
export type ScrapeTarget = {
  readonly job: string;
  /** `host:port`, whose /metrics are read. */
  readonly address: string;
  /** Labels of every series of the target, `instance` among them. */
  readonly labels: Readonly<Record<string, string>>;
  /** Whether labels of a series itself win over those of the target. */
  readonly honorLabels?: boolean;
};

/** One series of an answer: its labels, and values by time (both in seconds and numbers; an instant query has one). */
export type Series = {
  readonly labels: Readonly<Record<string, string>>;
  readonly points: readonly (readonly [time: number, value: number])[];
};

/** A time from and to, with the distance of its points, all in seconds. */
export type TimeRange = { readonly from: number; readonly to: number; readonly step: number };

/** A running Prometheus on 127.0.0.1. */
export type PrometheusEngine = {
  readonly url: string;
  /** Series of an expression at a moment, or over a range. Throws what Prometheus says of an expression that it refuses. */
  query(expression: string, at: number | TimeRange): Promise<readonly Series[]>;
  /** The ids of traces that exemplars of an expression's series name. */
  traceIds(expression: string, range: TimeRange): Promise<readonly string[]>;
  /** The values that a label has among the series that a selector finds. */
  labelValues(label: string, selector: string): Promise<readonly string[]>;
  stop(): Promise<void>;
};

/**
 * Starts a Prometheus that scrapes these targets each so many seconds, with further arguments, and resolves when it serves. Older
 * versions pass over features that they do not know.
 */
export async function startPrometheus(
  targets: readonly ScrapeTarget[],
  intervalSeconds: number,
  further: readonly string[],
): Promise<PrometheusEngine> {
  const program = requireProgram('prometheus');
  const folder = createFolder('chatstack-prometheus', undefined);
  const file = join(folder, 'prometheus.json'); // JSON is YAML
  writeFileSync(file, JSON.stringify(buildConfig(targets, intervalSeconds)));
  const { port, engine } = await startOnFreePort(async (port) => ({
    port,
    engine: await startEngine({
      program,
      args: [
        `--config.file=${file}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        ...further,
      ],
      ready: /Server is ready to receive web requests/,
      folder,
    }),
  })).catch((error) => {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  });
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    query: async (expression, at) => {
      const times =
        typeof at === 'number' ? { time: `${at}` } : { start: `${at.from}`, end: `${at.to}`, step: `${at.step}` };
      const path = typeof at === 'number' ? 'query' : 'query_range';
      return readSeries(await ask(`${url}/api/v1/${path}`, { query: expression, ...times }));
    },
    traceIds: async (expression, { from, to }) => {
      const times = { start: `${from}`, end: `${to}` };
      return readTraceIds(await ask(`${url}/api/v1/query_exemplars`, { query: expression, ...times }));
    },
    labelValues: async (label, selector) =>
      (await ask(`${url}/api/v1/label/${label}/values`, { 'match[]': selector })) as string[],
    stop: async () => {
      await engine.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function buildConfig(targets: readonly ScrapeTarget[], seconds: number): unknown {
  return {
    global: { scrape_interval: `${seconds}s`, scrape_timeout: `${seconds}s` },
    scrape_configs: targets.map(({ job, address, labels, honorLabels = false }, index) => ({
      job_name: `${index}`,
      honor_labels: honorLabels,
      static_configs: [{ targets: [address], labels: { ...labels, job } }],
    })),
  };
}

async function ask(url: string, parameters: Readonly<Record<string, string>>): Promise<unknown> {
  const response = await fetch(`${url}?${new URLSearchParams(parameters)}`);
  const answer = (await response.json()) as { status: string; error?: string; data?: unknown };
  if (answer.status !== 'success') {
    throw new Error(`Expected Prometheus to answer ${JSON.stringify(parameters)}, it said: ${answer.error}`);
  }
  return answer.data;
}

function readTraceIds(data: unknown): string[] {
  const series = data as { exemplars: { labels: { trace_id?: string } }[] }[];
  return series.flatMap(({ exemplars }) => exemplars.flatMap(({ labels }) => labels.trace_id ?? []));
}

type Point = [number, string];

function readSeries(data: unknown): Series[] {
  const { result } = data as { result: { metric: Record<string, string>; value?: Point; values?: Point[] }[] };
  return result.map(({ metric, value, values }) => ({
    labels: metric,
    points: (values ?? (value ? [value] : [])).map(([time, text]) => [time, Number(text)] as const),
  }));
}
