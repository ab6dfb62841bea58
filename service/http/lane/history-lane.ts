import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { HistoryReader } from '../../cache/history-reader.ts';
import { readAuthorization } from '../../identity/bearer-token.ts';
import type { Identity } from '../../identity/identity.ts';
import type { Limiter } from '../../limits/limiter.ts';
import type { RequestMeter } from '../measure-requests.ts';
import { describePage } from '../messages/page-answer.ts';
import { HISTORY_PATH } from '../messages/routes.ts';
import { chooseRequestId } from '../request-id.ts';
import { HistoryUrls } from './history-url.ts';

/** What the lane works with. */
export type HistoryLaneParts = {
  readonly history: HistoryReader;
  readonly identity: Identity;
  readonly limiter: Limiter;
  readonly meter: RequestMeter;
  readonly isDraining: () => boolean;
};

/**
 * A lane in front of the application for what is asked most and is known at once: a page of history that this process keeps.
 * It answers what the application would, header by header, and nothing but the good case:
 *
 *   GET of a page ─ caller known ─ page kept, new enough ─ caller takes part ─ within the limits ──▶ 200 or 304
 *         └─────────────┴──────────────────┴──────────────────────┴───────────────────┴──────────▶ the application
 *
 * Everything else goes the whole way, which also words every refusal. While draining all of it does.
 */
export function buildHistoryLane(parts: HistoryLaneParts, application: RequestListener): RequestListener {
  const { history, identity, limiter, meter, isDraining } = parts;
  const urls = new HistoryUrls();

  const answer = (request: IncomingMessage, response: ServerResponse): boolean => {
    const start = performance.now();
    const { url = '', headers } = request;
    const wanted = urls.read(url);
    if (!wanted) return false;
    const userId = identity.identifyNow(readAuthorization(request), wanted.claimed);
    if (userId === undefined) return false;
    const page = history.findNow(wanted, userId);
    if (!page || !limiter.consumeLocally('read', userId)) return false;
    history.countLocalHit();
    const { status, headers: told } = describePage(page.version, headers['if-none-match']);
    const requestId = chooseRequestId(headers['x-request-id']);
    if (status === 304) response.writeHead(304, { 'X-Request-Id': requestId, ...told }).end();
    else
      response
        .writeHead(200, { 'X-Request-Id': requestId, ...told, 'Content-Length': page.body.length })
        .end(page.body);
    const seconds = (performance.now() - start) / 1_000;
    meter.record({ method: 'GET', route: HISTORY_PATH, status, seconds, requestId });
    return true;
  };

  return (request, response) => {
    const isAnswered = request.method === 'GET' && !isDraining() && answer(request, response);
    if (!isAnswered) application(request, response);
  };
}
