/**
 * When a page is to be read anew, given when it ends: some time earlier that is exponentially distributed around the time that
 * a load takes. So of many processes (or many pages) that would all come back at one moment, one or a few come early, and
 * the longer a load takes, the earlier. XFetch (Vattani, Chierichetti, Lowenstein: Optimal Probabilistic Cache Stampede
 * Prevention, VLDB 2015) with β = 1, drawn once for a page and not at each read, which is the same to whoever reads often.
 * Times in milliseconds; `random` lies in [0, 1).
 */
export function chooseRefresh(expiresAt: number, loadTime: number, random: number): number {
  return expiresAt + loadTime * Math.log(1 - random);
}
