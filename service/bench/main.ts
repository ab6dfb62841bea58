import { cpus } from 'node:os';
import { startBench } from './bench.ts';
import { generatorName } from './generator/generate.ts';
import { ROWS } from './rows/rows.ts';
import { CONNECTIONS, readSettings } from './settings.ts';

// `make bench`: one table, one row after the other. Ends with 1 when a target is not met.
const settings = readSettings(
  process.env,
  ROWS.map(({ name }) => name),
);
const rows = settings.only.length === 0 ? ROWS : ROWS.filter(({ name }) => settings.only.includes(name));
const { blocks, seconds } = settings;
const machine = `Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model.trim()}`;
process.stdout.write(
  `${generatorName}, ${CONNECTIONS} connections, ${blocks} blocks of ${seconds} s each in turn: medians (least … most). ${machine}\n\n`,
);

const bench = await startBench(settings);
let unmet = 0;
try {
  for (const row of rows) {
    const { measured, isMet } = await row.run(bench);
    if (!isMet) unmet += 1;
    const [first = '', ...others] = measured;
    process.stdout.write(`${row.title.padEnd(52)} ${first}\n`);
    for (const other of others) process.stdout.write(`${''.padEnd(52)} ${other}\n`);
    process.stdout.write(`${`  target ${row.target}`.padEnd(52)} ${isMet ? 'met' : 'NOT MET'}\n\n`);
  }
} finally {
  await bench.stop();
}
if (unmet > 0) process.exitCode = 1;
