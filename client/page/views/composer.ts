import type { Message } from '../../messages.ts';
import { fill, make } from '../dom.ts';
import type { Thread } from '../model/thread.ts';
import { iconButton } from './parts.ts';

/** Longest message, in characters; the service refuses longer ones. */
const LONGEST = 10_000;

/** What the composer asks for. */
export type ComposerActions = {
  send(content: string): void;
  edit(message: Message, content: string): void;
  typing(): void;
  /** Edits the newest message of one's own. */
  editLast(): void;
  changed(): void;
};

/** Where messages are written, answered and edited. */
export class Composer {
  readonly element: HTMLElement;
  readonly #actions: ComposerActions;
  readonly #input: HTMLTextAreaElement;
  readonly #banner = make('div', { class: 'composer-banner', attributes: { hidden: true } });
  #thread: Thread | undefined;
  #editing: string | undefined;

  constructor(actions: ComposerActions) {
    this.#actions = actions;
    this.#input = make('textarea', {
      class: 'composer-input',
      attributes: {
        rows: 1,
        maxlength: LONGEST,
        placeholder: 'Write a message',
        'aria-label': 'Message',
        enterkeyhint: 'send',
      },
      on: { input: () => this.#onInput(), keydown: (event) => this.#onKey(event) },
    });
    const send = iconButton('send', 'Send', () => this.#submit(), 'send');
    this.element = make(
      'div',
      { class: 'composer' },
      this.#banner,
      make('div', { class: 'composer-row' }, this.#input, send),
    );
  }

  focus(): void {
    this.#input.focus({ preventScroll: true });
  }

  show(thread: Thread): void {
    if (this.#thread !== thread) {
      this.#thread = thread;
      this.#editing = undefined;
      this.#write(thread.draft);
    }
    const { editing, replyTo } = thread;
    if (editing?.id !== this.#editing) {
      this.#editing = editing?.id;
      this.#write(editing ? editing.content : thread.draft);
    }
    this.#showBanner(editing ?? replyTo, editing ? 'Editing' : `Reply to ${replyTo?.userId ?? ''}`);
    this.#input.disabled = thread.state === 'over';
  }

  #showBanner(message: Message | undefined, title: string): void {
    this.#banner.hidden = message === undefined;
    if (!message) return;
    const words = make(
      'div',
      { class: 'quote' },
      make('strong', { text: title }),
      make('span', { text: message.content }),
    );
    fill(
      this.#banner,
      words,
      iconButton('close', 'Cancel', () => this.#cancel()),
    );
  }

  #onInput(): void {
    if (this.#thread && !this.#thread.editing) {
      this.#thread.draft = this.#input.value;
      if (this.#input.value !== '') this.#actions.typing();
    }
    this.#fit();
  }

  #onKey(event: KeyboardEvent): void {
    if (event.isComposing) return; // Enter ends the composition of a character
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      this.#submit();
    } else if (event.key === 'Escape' && (this.#thread?.editing || this.#thread?.replyTo)) this.#cancel();
    else if (event.key === 'ArrowUp' && this.#input.value === '') {
      event.preventDefault();
      this.#actions.editLast();
    }
  }

  #submit(): void {
    const content = this.#input.value;
    const thread = this.#thread;
    if (!thread || content.trim() === '') return;
    if (thread.editing) {
      const { editing } = thread;
      this.#cancel();
      if (content !== editing.content) this.#actions.edit(editing, content);
      return;
    }
    thread.draft = '';
    this.#write('');
    this.#actions.send(content);
  }

  #cancel(): void {
    if (!this.#thread) return;
    this.#thread.editing = undefined;
    this.#thread.replyTo = undefined;
    this.#actions.changed();
    this.focus();
  }

  #write(text: string): void {
    this.#input.value = text;
    this.#fit();
  }

  /** As high as what is written, up to the limit of the style sheet. */
  #fit(): void {
    this.#input.style.height = 'auto';
    this.#input.style.height = `${this.#input.scrollHeight}px`;
  }
}
