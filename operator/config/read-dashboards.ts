import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import type { Dashboards } from '@chatstack/stack/render/kubernetes/manifest.ts';

const folder = new URL('../../dashboards/generated/', import.meta.url);

/** The dashboards that this version was made with, each on one line, for ConfigMaps are small. */
export const readDashboards = (): Dashboards =>
  Object.fromEntries(
    readdirSync(folder)
      .filter((file) => file.endsWith('.json'))
      .toSorted()
      .map((file) => {
        const json = JSON.stringify(JSON.parse(readFileSync(new URL(file, folder), 'utf8')));
        return [file, { json, packed: gzipSync(json, { level: 9 }).toString('base64') }];
      }),
  );
