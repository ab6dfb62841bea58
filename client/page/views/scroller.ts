import { make } from '../dom.ts';
import type { Thread } from '../model/thread.ts';
import { iconButton } from './parts.ts';

/** What the scroller tells. */
export type ScrollerActions = { nearTop(): void; nearBottom(): void; toLatest(): void; moved(): void };

/** So close to an end counts as there, in pixels. */
const AT_END = 48;

/** So close to an end the next page is read. */
const NEAR_END = 600;

/** The scrolling list of messages: holds still while messages come above, and follows while they come below. */
export class Scroller {
  readonly element: HTMLElement;
  readonly #viewport: HTMLElement;
  readonly #list: HTMLElement;
  readonly #toLatest: HTMLElement;
  readonly #actions: ScrollerActions;
  #follows = true;
  #hasNewer = false;

  constructor(list: HTMLElement, actions: ScrollerActions) {
    this.#list = list;
    this.#actions = actions;
    this.#viewport = make(
      'div',
      {
        class: 'viewport',
        attributes: { tabindex: -1 },
        on: { scroll: () => this.#onScroll(), keydown: (event) => this.#onKey(event) },
      },
      make('div', { class: 'loading-older', attributes: { 'aria-hidden': 'true' } }),
      list,
    );
    this.#toLatest = iconButton('down', 'To the newest message', actions.toLatest, 'to-latest');
    this.element = make('div', { class: 'scroller' }, this.#viewport, this.#toLatest);
    new ResizeObserver(() => this.#follows && this.#toBottom()).observe(this.#viewport);
  }

  get isAtBottom(): boolean {
    return this.#distance <= AT_END;
  }

  get #distance(): number {
    const { scrollHeight, scrollTop, clientHeight } = this.#viewport;
    return scrollHeight - scrollTop - clientHeight;
  }

  /** Renders the list, then puts what was looked at back to where it was, or goes where the thread wants to. */
  render(thread: Thread, isNew: boolean, renderList: () => void): void {
    const anchor = isNew || this.#follows ? undefined : this.#findAnchor();
    renderList();
    this.#viewport.classList.toggle('is-loading-older', thread.loadingSide === 'older');
    this.#makeReachable();
    const { scrollTarget } = thread;
    if (scrollTarget && thread.state === 'ready') {
      thread.scrollTarget = undefined;
      if (scrollTarget.kind === 'bottom') this.#toBottom();
      else if (scrollTarget.kind === 'unread') this.#toUnread();
      else this.#toMessage(scrollTarget.seq);
    } else if (anchor) this.#viewport.scrollTop += anchor.element.offsetTop - anchor.top;
    else if (this.#follows || isNew) this.#toBottom();
    this.#hasNewer = thread.timeline.hasNewer;
    this.#showButton();
    if (thread.state === 'ready') this.#reachOut();
  }

  /** The first message in sight that stays, and where it was. */
  #findAnchor(): { element: HTMLElement; top: number } | undefined {
    const { scrollTop } = this.#viewport;
    for (const child of this.#list.children) {
      const element = child as HTMLElement;
      if (element.dataset.seq !== undefined && element.offsetTop + element.offsetHeight > scrollTop) {
        return { element, top: element.offsetTop };
      }
    }
    return undefined;
  }

  #toBottom(): void {
    this.#follows = true;
    this.#viewport.scrollTop = this.#viewport.scrollHeight;
  }

  #toUnread(): void {
    const line = this.#list.querySelector<HTMLElement>('.unread-line');
    this.#toBottom();
    if (line && line.offsetTop < this.#viewport.scrollTop) this.#viewport.scrollTop = line.offsetTop - AT_END;
    this.#follows = this.isAtBottom;
  }

  #toMessage(seq: number): void {
    const element = this.#list.querySelector<HTMLElement>(`[data-seq="${seq}"]`);
    if (!element) return;
    this.#follows = false;
    this.#viewport.scrollTop = element.offsetTop - (this.#viewport.clientHeight - element.offsetHeight) / 2;
    element.classList.add('found');
    element.addEventListener('animationend', () => element.classList.remove('found'), { once: true });
    element.focus({ preventScroll: true });
  }

  #onScroll(): void {
    this.#follows = this.isAtBottom;
    this.#reachOut();
    this.#showButton();
    this.#actions.moved();
  }

  #reachOut(): void {
    if (this.#viewport.scrollTop < NEAR_END) this.#actions.nearTop();
    if (this.#distance < NEAR_END) this.#actions.nearBottom();
  }

  #showButton(): void {
    this.#toLatest.classList.toggle('is-shown', this.#hasNewer || this.#distance > NEAR_END);
  }

  /** One message can be reached by Tab, the newest unless one is there already; the others from there by arrows. */
  #makeReachable(): void {
    const current = this.#list.querySelector<HTMLElement>('[tabindex="0"]');
    if (current && this.#list.contains(document.activeElement)) return;
    const last = this.#messages().at(-1);
    if (current === last) return;
    current?.setAttribute('tabindex', '-1');
    last?.setAttribute('tabindex', '0');
  }

  #messages(): HTMLElement[] {
    return [...this.#list.querySelectorAll<HTMLElement>('.message[data-seq]')];
  }

  #onKey(event: KeyboardEvent): void {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const current = (event.target as Element).closest<HTMLElement>('.message[data-seq]');
    if (step === undefined || !current) return;
    const messages = this.#messages();
    const next = messages[messages.indexOf(current) + step];
    if (!next) return;
    event.preventDefault();
    for (const message of messages) message.setAttribute('tabindex', message === next ? '0' : '-1');
    next.focus();
  }
}
