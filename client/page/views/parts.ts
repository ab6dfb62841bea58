import { type Child, make } from '../dom.ts';
import { hueOf, initialsOf } from '../format.ts';
import { type IconName, icon } from '../icons.ts';

/** A round sign for a person or a group, in the colour of its name. */
export function avatar(
  name: string,
  more: { status?: 'online' | 'offline' | undefined; isGroup?: boolean } = {},
): HTMLElement {
  const { status, isGroup = false } = more;
  const dot = status === 'online' && make('span', { class: 'avatar-dot' });
  return make(
    'span',
    { class: 'avatar', attributes: { 'data-hue': hueOf(name), 'data-group': isGroup, 'aria-hidden': 'true' } },
    make('span', { text: initialsOf(name) }),
    dot,
  );
}

/** A button that shows an icon and says its label. */
export function iconButton(name: IconName, label: string, onClick: () => void, className = ''): HTMLButtonElement {
  return make(
    'button',
    {
      class: `icon-button ${className}`.trim(),
      attributes: { type: 'button', 'aria-label': label, title: label, 'data-action': label },
      on: { click: onClick },
    },
    icon(name),
  );
}

/** A button with words. */
export function button(text: string, onClick: () => void, className = 'button'): HTMLButtonElement {
  return make('button', {
    class: className,
    text,
    attributes: { type: 'button', 'data-action': text },
    on: { click: onClick },
  });
}

/** A sign, a heading, a sentence and what can be done, in the middle of an empty place. */
export function emptyState(title: string, text: string, ...actions: readonly Child[]): HTMLElement {
  return make(
    'div',
    { class: 'empty' },
    make('h2', { class: 'empty-title', text: title }),
    make('p', { class: 'empty-text', text }),
    make('div', { class: 'empty-actions' }, ...actions),
  );
}
