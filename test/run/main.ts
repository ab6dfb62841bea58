import { addCounts, formatCounts } from './counts.ts';
import { keepFailures } from './failures.ts';
import { PARTS } from './parts.ts';

/*
 * Runs the named parts of the tests, all of them even when one fails, and ends with the line
 * `N passed, N failed, N skipped`. Usage: node test/run/main.ts PART…
 * What failed, with messages, is also added to the file that TEST_FAILURES_FILE names.
 */

const names = process.argv.slice(2);
const unknown = names.filter((name) => !(name in PARTS));
if (names.length === 0 || unknown.length > 0) {
  process.stderr.write(
    `Expected parts out of ${Object.keys(PARTS).join(', ')}; found ${unknown.join(', ') || 'none'}.\n`,
  );
  process.exit(2);
}
const counts = names.map((name) => {
  const started = performance.now();
  const part = (PARTS[name] as () => ReturnType<(typeof PARTS)[string]>)();
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stdout.write(`${part.failed.length === 0 ? '✓' : '✗'} ${name} (${seconds} s)\n`);
  return part;
});
const sum = addCounts(counts);
process.stdout.write(`${formatCounts(sum)}\n`);
keepFailures(sum.failed);
process.exitCode = sum.failed.length === 0 ? 0 : 1;
