import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OpenApiDocument } from '@chatstack/service/http/openapi/document.ts';

/** Operations with a rule that JSON Schema cannot tell (their descriptions do), so that what looks right may be refused. */
const WITH_OTHER_RULES = ['readHistory', 'createConversation', 'giveReaction', 'takeReaction'];

// A body that breaks a rule by its length may be too large to be read at all.
const REFUSALS = [400, 401, 403, 404, 405, 409, 413, 415, 429];

/**
 * All of Schemathesis' checks: no 5xx; statuses, media types, headers and bodies as told; malformed requests refused,
 * well-formed ones not; other methods refused with Allow; no answer without the token that is asked for.
 */
function buildConfiguration({ paths }: OpenApiDocument): string {
  const withCursor = Object.values(paths)
    .flatMap((methods) => Object.values(methods))
    .filter(({ parameters = [] }) => parameters.some(({ name }) => name === 'cursor'));
  const refusals = REFUSALS.map((status) => `"${status}"`).join(', ');
  const rules = [...WITH_OTHER_RULES, ...withCursor.map(({ operationId }) => operationId)].map(
    (id) => `[[operations]]\ninclude-operation-id = "${id}"\nchecks.positive_data_acceptance.enabled = false\n`,
  );
  return `[checks]\nnegative_data_rejection.expected-statuses = [${refusals}]\n\n${rules.join('')}`;
}

/** One run of Schemathesis over all operations. */
export type Round = {
  readonly program: string;
  readonly url: string;
  readonly document: OpenApiDocument;
  readonly seed: number;
  /** Most requests of one operation in the phase that makes them at random. */
  readonly examples: number;
  /** Whether to try the bounds of each parameter and field too, which is the same with every seed. */
  readonly triesBounds: boolean;
  readonly token: string | undefined;
  readonly signal: AbortSignal;
};

/** How a round ended. `isStopped`: the time was over before it was through. */
export type RoundResult = {
  readonly cases: number;
  readonly isGood: boolean;
  readonly isStopped: boolean;
  readonly output: string;
};

/** Runs a round in a folder of its own; nothing is left behind. */
export async function runRound(round: Round): Promise<RoundResult> {
  const folder = mkdtempSync(join(tmpdir(), 'chatstack-fuzz-'));
  try {
    const document = join(folder, 'openapi.json');
    const report = join(folder, 'report.json');
    writeFileSync(document, JSON.stringify(round.document));
    writeFileSync(join(folder, 'schemathesis.toml'), buildConfiguration(round.document));
    const { status, output } = await run(round.program, buildArguments(round, document, report), folder, round.signal);
    const told = readReport(report);
    const cases = told?.test_cases.generated ?? 0;
    return { cases, isGood: status === 0 && told !== undefined, isStopped: round.signal.aborted, output };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

// One worker: parallel ones share an interpreter, and Python below 3.12 fails on parsing in several threads.
function buildArguments(
  { url, seed, examples, triesBounds, token }: Round,
  document: string,
  report: string,
): string[] {
  return [
    ...['run', document, '--url', url],
    ...['--phases', triesBounds ? 'examples,coverage,fuzzing' : 'fuzzing', '--mode', 'all', '--workers', '1'],
    ...['--max-examples', String(examples), '--seed', String(seed), '--generation-database', 'none'],
    ...[
      '--continue-on-failure',
      '--warnings',
      'off',
      '--suppress-health-check',
      'all',
      '--request-timeout',
      '30',
      '--no-color',
    ],
    ...['--report', 'json', '--report-json-path', report],
    ...(token === undefined ? [] : ['--header', `Authorization: Bearer ${token}`]),
  ];
}

function run(program: string, args: readonly string[], cwd: string, signal: AbortSignal) {
  return new Promise<{ status: number | null; output: string }>((resolve, reject) => {
    const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1', COLUMNS: '120' };
    const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], signal, killSignal: 'SIGINT' });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', (error) => (error.name === 'AbortError' ? undefined : reject(error)));
    child.on('close', (status) => resolve({ status, output: Buffer.concat(chunks).toString() }));
  });
}

type Report = { readonly test_cases: { readonly generated: number } };

function readReport(file: string): Report | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined; // it ended before it wrote one; its output says why
  }
}
