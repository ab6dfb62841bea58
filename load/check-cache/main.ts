import { checkCache } from './check-cache.ts';

process.exitCode = await checkCache(process.argv.slice(2), {
  environment: process.env,
  colours: process.stdout.isTTY === true && !process.env.NO_COLOR,
  out: (text) => console.log(text),
  error: (text) => console.error(text),
});
