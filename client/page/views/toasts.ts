import { make } from '../dom.ts';

const SHOWN_MS = 6_000;

/** Tells what went wrong, for a while, in a corner; screen readers are told at once. */
export class Toasts {
  readonly element = make('div', { class: 'toasts', attributes: { role: 'alert' } });

  show(text: string): void {
    const toast = make('div', { class: 'toast', text });
    this.element.append(toast);
    setTimeout(() => toast.remove(), SHOWN_MS);
  }
}
