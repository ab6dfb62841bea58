// Exits with 0 when node_modules holds the packages of package-lock.json. npm writes what it installed into
// node_modules/.package-lock.json. Plain JavaScript, because it runs before the Node that reads TypeScript is there.
import { existsSync, readFileSync } from 'node:fs';

function packagesOf(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).packages : {};
}

const installed = packagesOf('node_modules/.package-lock.json');
const stale = Object.entries(packagesOf('package-lock.json')).some(([path, entry]) => {
  if (!path.includes('node_modules/')) return false; // the workspaces themselves are sources
  const found = installed[path];
  if (found === undefined) return !entry.optional; // optional ones are for other platforms
  return found.version !== entry.version || found.resolved !== entry.resolved;
});
const nodeIsThere = existsSync('node_modules/node/bin/node');
process.exit(stale || !nodeIsThere ? 1 : 0);
