import { findChromium, startChromium } from '@chatstack/test/engines/chromium.ts';

/** Pixels of a picture for each of the drawing: twice as many are sharp on today's screens. */
const SCALE = 2;

/** Drawings (SVG) as pictures (PNG), by the same names; undefined where no Chromium is installed. */
export async function drawPngs(svgs: ReadonlyMap<string, string>): Promise<ReadonlyMap<string, Buffer> | undefined> {
  if (findChromium() === undefined) return undefined;
  const browser = await startChromium();
  try {
    const page = await browser.newPage({ deviceScaleFactor: SCALE });
    const pictures = new Map<string, Buffer>();
    for (const [name, svg] of svgs) {
      await page.setContent(`<!doctype html><style>body { margin: 0 } svg { display: block }</style>${svg}`);
      pictures.set(name, await page.locator('svg').first().screenshot());
    }
    return pictures;
  } finally {
    await browser.close();
  }
}
