import { type Child, make } from '../dom.ts';
import { button } from './parts.ts';

/**
 * Shows a dialog over the page and takes it away when it closes; Escape and a click beside it close it. Answers what `settle` was
 * called with, undefined where it was closed otherwise.
 */
export function openDialog<Answer>(
  title: string,
  build: (settle: (answer: Answer) => void) => readonly Child[],
): Promise<Answer | undefined> {
  return new Promise((resolve) => {
    const heading = make('h2', { class: 'dialog-title', text: title, attributes: { id: 'dialog-title' } });
    const dialog = make('dialog', { class: 'dialog', attributes: { 'aria-labelledby': 'dialog-title' } });
    let answer: Answer | undefined;
    const settle = (given: Answer) => {
      answer = given;
      dialog.close();
    };
    dialog.append(make('div', { class: 'dialog-body' }, heading, ...build(settle)));
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(answer);
    });
    dialog.addEventListener('click', ({ target }) => target === dialog && dialog.close());
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** The row of buttons at the end of a dialog; the first one closes it. */
export function dialogActions(...buttons: readonly HTMLButtonElement[]): HTMLElement {
  const cancel = button('Cancel', () => cancel.closest('dialog')?.close());
  return make('div', { class: 'dialog-actions' }, cancel, ...buttons);
}

/** Asks whether something that cannot be taken back shall be done. */
export async function confirm(title: string, text: string, action: string): Promise<boolean> {
  const isSure = await openDialog<true>(title, (settle) => [
    make('p', { class: 'dialog-text', text }),
    dialogActions(button(action, () => settle(true), 'button danger')),
  ]);
  return isSure === true;
}

/** Asks for one line of text, such as a title. */
export function askForText(title: string, label: string, text: string, action: string): Promise<string | undefined> {
  return openDialog<string>(title, (settle) => {
    const input = make('input', {
      class: 'field',
      attributes: { id: 'dialog-text', maxlength: 200, value: text, autocomplete: 'off', autofocus: true },
    });
    const submit = (event: Event) => {
      event.preventDefault();
      if (input.value.trim() !== '') settle(input.value.trim());
    };
    return [
      make(
        'form',
        { on: { submit } },
        make('label', { class: 'label', text: label, attributes: { for: 'dialog-text' } }),
        input,
        dialogActions(make('button', { class: 'button primary', text: action })),
      ),
    ];
  });
}
