import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { extname, join, sep } from 'node:path';

/** A file of the page as browsers get it. */
export type Asset = { readonly type: string; readonly body: Buffer; readonly etag: string };

/** The files of the page by their path below the folder, with `/` between its parts; undefined for what is none of them. */
export type Assets = { find(path: string): Asset | undefined };

const TYPES: Readonly<Record<string, string>> = {
  '.ts': 'text/javascript; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

const FOR_DEVELOPERS = /(^|\/)(testing|generated|node_modules)\/|\.test\.ts$/;

/** The folder of the client's room: the page and the modules it is built on. Not imported, read: it belongs to browsers. */
export const CLIENT_FOLDER = join(import.meta.dirname, '../../../client');

/**
 * The files of a folder that browsers may have. Which ones there are is read now; each is read, and its types are stripped,
 * when it is first asked for, and kept until it changes: a service whose page nobody opens does without the memory (some 30 MiB)
 * and the time (a tenth of a second) of the program that strips them. Undefined where there is no page in the folder, or no folder.
 */
export function findAssets(folder: string): Assets | undefined {
  const paths = listFiles(folder);
  if (!paths.has('page/index.html')) return undefined;
  const loaded = new Map<string, { asset: Asset; changed: number }>();
  return {
    find(path) {
      if (!paths.has(path)) return undefined;
      const file = join(folder, path);
      const changed = statSync(file).mtimeMs;
      const known = loaded.get(path);
      if (known?.changed === changed) return known.asset;
      const asset = load(file);
      loaded.set(path, { asset, changed });
      return asset;
    },
  };
}

function listFiles(folder: string): ReadonlySet<string> {
  try {
    const paths = readdirSync(folder, { recursive: true }).map((path) => String(path).replaceAll(sep, '/'));
    return new Set(paths.filter((path) => extname(path) in TYPES && !FOR_DEVELOPERS.test(path)));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Set();
    throw error;
  }
}

function load(file: string): Asset {
  const extension = extname(file);
  const source = readFileSync(file);
  const body = extension === '.ts' ? Buffer.from(stripTypes(source.toString())) : source;
  const etag = `"${createHash('sha256').update(body).digest('base64url')}"`;
  return { type: TYPES[extension] as string, body, etag };
}

/** Takes the types out as Node does for itself, leaving every other character in its place; without its warning, as of every start. */
function stripTypes(source: string): string {
  const { emitWarning } = process;
  process.emitWarning = () => undefined;
  try {
    return stripTypeScriptTypes(source);
  } finally {
    process.emitWarning = emitWarning;
  }
}
