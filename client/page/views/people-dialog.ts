import { fill, make } from '../dom.ts';
import { dialogActions, openDialog } from './dialogs.ts';
import { avatar } from './parts.ts';

/** Whom to talk to, and under which title where it is a group. */
export type ChosenPeople = { readonly userIds: readonly string[]; readonly title: string };

/** How the question is asked. `known` are people to choose from. */
export type PeopleQuestion = {
  readonly title: string;
  readonly action: string;
  readonly known: readonly string[];
  /** Whether several people are given a title. */
  readonly hasTitle: boolean;
};

const MOST_KNOWN = 8;

/** Asks for people, by their ids: chosen, or typed and taken by Enter or a comma. */
export function askForPeople({ title, action, known, hasTitle }: PeopleQuestion): Promise<ChosenPeople | undefined> {
  return openDialog<ChosenPeople>(title, (settle) => {
    const chosen = new Set<string>();
    const chips = make('div', { class: 'people-chips' });
    const choices = make('div', { class: 'person-choices' });
    const submit = make('button', { class: 'button primary', text: action });
    const groupTitle = make('input', {
      class: 'field',
      attributes: { id: 'group-title', maxlength: 200, autocomplete: 'off' },
    });
    const group = make(
      'div',
      { attributes: { hidden: true } },
      make('label', { class: 'label', text: 'Title (optional)', attributes: { for: 'group-title' } }),
      groupTitle,
    );
    const input = make('input', {
      class: 'field',
      attributes: {
        id: 'people',
        maxlength: 128,
        autocomplete: 'off',
        spellcheck: 'false',
        autofocus: true,
        placeholder: 'user-3',
      },
    });

    const show = () => {
      const remove = (userId: string) => toggle(userId, false);
      fill(chips, ...[...chosen].map((userId) => buildChip(userId, () => remove(userId))));
      const others = known.filter((userId) => !chosen.has(userId)).slice(0, MOST_KNOWN);
      fill(choices, ...others.map((userId) => buildChoice(userId, () => toggle(userId, true))));
      group.hidden = !hasTitle || chosen.size < 2;
      submit.disabled = chosen.size === 0 && input.value.trim() === '';
    };
    const toggle = (userId: string, isIn: boolean) => {
      if (isIn) chosen.add(userId);
      else chosen.delete(userId);
      show();
      input.focus();
    };
    const takeTyped = () => {
      const userId = input.value.replace(/,$/, '').trim();
      input.value = '';
      if (userId !== '') chosen.add(userId);
      show();
    };
    input.addEventListener('input', () => (input.value.endsWith(',') ? takeTyped() : show()));
    input.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && input.value.trim() !== '') {
        event.preventDefault();
        takeTyped();
      } else if (event.key === 'Backspace' && input.value === '') toggle([...chosen].at(-1) ?? '', false);
    });
    const onSubmit = (event: Event) => {
      event.preventDefault();
      takeTyped();
      if (chosen.size > 0) settle({ userIds: [...chosen], title: hasTitle ? groupTitle.value.trim() : '' });
    };
    show();
    return [
      make(
        'form',
        { on: { submit: onSubmit } },
        make('label', { class: 'label', text: 'People', attributes: { for: 'people' } }),
        chips,
        input,
        choices,
        group,
        dialogActions(submit),
      ),
    ];
  });
}

function buildChip(userId: string, onClick: () => void): HTMLElement {
  const attributes = { type: 'button', 'aria-label': `Remove ${userId}` };
  return make('button', { class: 'person-chip', attributes, on: { click: onClick } }, avatar(userId), userId);
}

function buildChoice(userId: string, onClick: () => void): HTMLElement {
  const choice = { class: 'person-choice', attributes: { type: 'button' }, on: { click: onClick } };
  return make('button', choice, avatar(userId), make('span', { text: userId }));
}
