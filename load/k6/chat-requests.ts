import http, { type RefinedResponse } from 'k6/http';
import { conversationId, userId } from '../model/population.ts';
import { type ModelRequest, pageLimit } from '../model/request.ts';
import { errorOf, isPageInOrder, isStored, isWhole } from './judge-answers.ts';
import type { K6Plan } from './k6-plan.ts';
import type { Measures } from './measures.ts';

/** One page of so many is read by its content; the others are known by their status, for JavaScript is slow at 13 KB of JSON. */
const pagesLookedAt = 1 / 20;

const patience = '10s';

/** Makes requests of the model, over the connection that the virtual user keeps, and tells the measures what became of them. */
export function createChatRequests(
  { url, conversationIds }: K6Plan,
  measures: Measures,
): (request: ModelRequest, span: number, lookedAt: number) => void {
  const idOf = (index: number): string => conversationIds?.[index] ?? conversationId(index);
  const pathOf = (index: number): string => `${url}/api/v1/chat/conversations/${idOf(index)}/messages`;
  const failed = (answer: RefinedResponse<'text' | 'none'>, span: number): void => measures.fail(errorOf(answer), span);

  const read = (request: ModelRequest & { kind: 'read' }, span: number, lookedAt: number): void => {
    const isLookedAt = lookedAt < pagesLookedAt;
    const answer = http.get(
      `${pathOf(request.conversation)}?userId=${userId(request.user)}&limit=${pageLimit}&offset=${request.offset}`,
      { responseType: isLookedAt ? 'text' : 'none', timeout: patience },
    );
    if (!isWhole(answer, 200)) failed(answer, span);
    else if (isLookedAt && !isPageInOrder(String(answer.body), idOf(request.conversation), request.offset))
      measures.fail('wrong content', span);
    else measures.succeed('read', span, answer.timings.duration);
  };

  const send = (request: ModelRequest & { kind: 'send' }, span: number): void => {
    const body = JSON.stringify({ userId: userId(request.user), content: request.content, messageType: 'TEXT' });
    const answer = http.post(pathOf(request.conversation), body, {
      headers: { 'content-type': 'application/json' },
      responseType: 'text',
      timeout: patience,
    });
    if (!isWhole(answer, 201)) failed(answer, span);
    else if (!isStored(String(answer.body), idOf(request.conversation), request.content))
      measures.fail('wrong content', span);
    else measures.succeed('send', span, answer.timings.duration);
  };

  return (request, span, lookedAt) => (request.kind === 'read' ? read(request, span, lookedAt) : send(request, span));
}
