import type { Row } from '../row.ts';
import { CACHED_PAGES } from './cached-pages.ts';
import { FAN_OUT } from './fan-out.ts';
import { IDLE_SOCKETS } from './idle-sockets.ts';
import { LOOP_DELAY } from './loop-delay.ts';
import { SCRAPED } from './scraped.ts';
import { STORAGE } from './storage.ts';

/** All rows of the table, in its order. */
export const ROWS: readonly Row[] = [...CACHED_PAGES, ...STORAGE, IDLE_SOCKETS, FAN_OUT, LOOP_DELAY, SCRAPED];
