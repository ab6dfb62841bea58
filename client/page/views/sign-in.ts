import { make } from '../dom.ts';
import { type IdentityMode, recentUsers, type Session, sessionOf } from '../session.ts';
import { avatar } from './parts.ts';

/** The people of the example conversation. */
const EXAMPLES = ['user-1', 'user-2'];

/** The first thing to see: who is here? Answers the element; `onSession` hears of the choice. */
export function buildSignIn(mode: IdentityMode, onSession: (session: Session) => void): HTMLElement {
  const heading = make(
    'header',
    { class: 'sign-in-heading' },
    make('span', { class: 'mark', attributes: { 'aria-hidden': 'true' } }),
    make('h1', { text: 'ChatStack' }),
  );
  const form = mode === 'jwt' ? buildTokenForm(onSession) : buildUserForm(onSession);
  return make('main', { class: 'sign-in' }, make('div', { class: 'sign-in-card' }, heading, form));
}

function buildUserForm(onSession: (session: Session) => void): HTMLElement {
  const input = make('input', {
    class: 'field',
    attributes: {
      id: 'who',
      name: 'who',
      maxlength: 128,
      required: true,
      autocomplete: 'off',
      autofocus: true,
      spellcheck: 'false',
    },
  });
  const users = [...new Set([...recentUsers(), ...EXAMPLES])];
  const choices = users.map((userId) =>
    make(
      'button',
      { class: 'person-choice', attributes: { type: 'button' }, on: { click: () => onSession({ userId }) } },
      avatar(userId),
      make('span', { text: userId }),
    ),
  );
  return make(
    'form',
    {
      class: 'sign-in-form',
      on: {
        submit: (event) => {
          event.preventDefault();
          const userId = input.value.trim();
          if (userId) onSession({ userId });
        },
      },
    },
    make('p', { class: 'sign-in-lead', text: 'Who are you?' }),
    make('div', { class: 'person-choices' }, ...choices),
    make('label', { class: 'label', text: 'Somebody else', attributes: { for: 'who' } }),
    make('div', { class: 'field-row' }, input, make('button', { class: 'button primary', text: 'Continue' })),
    make('p', {
      class: 'hint',
      text: 'This service believes everybody (AUTH_MODE=development). Open a second window as somebody else to talk.',
    }),
  );
}

function buildTokenForm(onSession: (session: Session) => void): HTMLElement {
  const fault = make('p', { class: 'fault', attributes: { role: 'alert' } });
  const input = make('input', {
    class: 'field',
    attributes: {
      id: 'token',
      type: 'password',
      required: true,
      autocomplete: 'off',
      autofocus: true,
      spellcheck: 'false',
    },
  });
  return make(
    'form',
    {
      class: 'sign-in-form',
      on: {
        submit: (event) => {
          event.preventDefault();
          const session = sessionOf(input.value.trim());
          if (session) onSession(session);
          else fault.textContent = 'Expected a JSON Web Token with a subject, found something else.';
        },
      },
    },
    make('p', { class: 'sign-in-lead', text: 'Sign in with a token' }),
    make('label', { class: 'label', text: 'Token', attributes: { for: 'token' } }),
    make('div', { class: 'field-row' }, input, make('button', { class: 'button primary', text: 'Continue' })),
    fault,
    make('p', {
      class: 'hint',
      text: 'A JSON Web Token of your identity provider. It stays in this window and goes when you close it.',
    }),
  );
}
