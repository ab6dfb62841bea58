import { make } from './dom.ts';
import { ChatApp } from './model/chat-app.ts';
import { askIdentityMode, clearSession, readSession, type Session, writeSession } from './session.ts';
import { emptyState } from './views/parts.ts';
import { Shell } from './views/shell.ts';
import { buildSignIn } from './views/sign-in.ts';
import { Toasts } from './views/toasts.ts';

// The start of the page: who is here, then the chat. The conversation that is open is in the address, behind the #.

const baseUrl = new URL('.', document.baseURI).href;
const root = document.querySelector('#root') ?? document.body;

/** The conversation in the address; undefined where none is. */
function addressed(): string | undefined {
  const [, encoded] = /^#\/c\/(.+)$/.exec(location.hash) ?? [];
  try {
    return encoded === undefined ? undefined : decodeURIComponent(encoded);
  } catch {
    return undefined; // somebody typed a stray % sign
  }
}

function openAddress(conversationId: string | undefined): void {
  location.hash = conversationId === undefined ? '' : `#/c/${encodeURIComponent(conversationId)}`;
}

function startChat(session: Session): void {
  const toasts = new Toasts();
  const announcer = make('div', { class: 'visually-hidden', attributes: { 'aria-live': 'polite' } });
  const app = new ChatApp(baseUrl, session, {
    onChange: () => shell.show(),
    onProblem: (text) => toasts.show(text),
    onArrival: (userId, content) => {
      announcer.textContent = `${userId}: ${content}`;
    },
  });
  const shell = new Shell(app, toasts, {
    open: openAddress,
    signOut: () => {
      clearSession();
      location.hash = '';
      location.reload();
    },
  });
  root.replaceChildren(shell.element, toasts.element, announcer);
  const follow = () => app.open(addressed());
  addEventListener('hashchange', follow);
  addEventListener('online', () => app.connection.reconnectNow());
  // A machine that slept may hold a socket whose other end is long gone.
  document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && app.connection.check());
  addEventListener('pagehide', () => app.close());
  addEventListener('pageshow', ({ persisted }) => persisted && location.reload());
  follow();
  shell.show();
}

try {
  const mode = await askIdentityMode(baseUrl);
  const session = readSession(mode);
  const begin = (chosen: Session) => {
    writeSession(chosen);
    startChat(chosen);
  };
  if (session) startChat(session);
  else root.replaceChildren(buildSignIn(mode, begin));
} catch {
  root.replaceChildren(emptyState('The service cannot be reached', 'Reload this page when it is back.'));
}
