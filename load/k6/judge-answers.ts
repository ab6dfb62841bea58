import { type ErrorKind, errorOfStatus } from '../model/error-kinds.ts';

type Message = { readonly seq: number; readonly conversationId: string; readonly content: string };

/** Whether a page has messages of that conversation alone, newest first, with none missing between them. Only older pages may be empty. */
export function isPageInOrder(body: string, conversationId: string, offset: number): boolean {
  const { messages } = JSON.parse(body) as { readonly messages: readonly Message[] };
  return (
    (messages.length > 0 || offset > 0) &&
    messages.every(
      (message, index) =>
        message.conversationId === conversationId && message.seq === (messages[0]?.seq ?? 0) - index && message.seq > 0,
    )
  );
}

/** Whether an acknowledgement is of the message that was sent. */
export function isStored(body: string, conversationId: string, content: string): boolean {
  const { message } = JSON.parse(body) as { readonly message?: Message };
  return message?.conversationId === conversationId && message.content === content && message.seq > 0;
}

/** What k6 tells of an answer. Below 1400, its code is one of the network, which may break off after the status has come. */
type Answer = { readonly status: number; readonly error_code: number };

const timeoutCode = 1050;
const firstOfStatus = 1400;

const brokeOff = ({ error_code: code }: Answer): boolean => code > 0 && code < firstOfStatus;

/** Whether an answer came to its end, with this status. */
export const isWhole = (answer: Answer, status: number): boolean => answer.status === status && !brokeOff(answer);

/** The name of what went wrong with an answer. */
export const errorOf = (answer: Answer): ErrorKind =>
  errorOfStatus(brokeOff(answer) ? 0 : answer.status, answer.error_code === timeoutCode);
