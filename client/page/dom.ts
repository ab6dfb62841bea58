/** What an element is made with. Text is text: nothing here ever becomes HTML. */
export type Properties = {
  class?: string;
  text?: string;
  /** Attributes; those that are undefined or false are left out, and true is an empty one. */
  attributes?: Readonly<Record<string, string | number | boolean | undefined>>;
  on?: { readonly [Name in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[Name]) => void };
};

/** Something that an element may hold; what is undefined or false is left out. */
export type Child = Node | string | undefined | false;

/** Makes an element. */
export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  { class: className, text, attributes = {}, on = {} }: Properties = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) element.setAttribute(name, value === true ? '' : String(value));
  }
  for (const [name, listener] of Object.entries(on)) element.addEventListener(name, listener as EventListener);
  element.append(...present(children));
  return element;
}

/** Has an element hold these children and nothing else. */
export function fill(parent: Element, ...children: readonly Child[]): void {
  parent.replaceChildren(...present(children));
}

function present(children: readonly Child[]): (Node | string)[] {
  return children.filter((child): child is Node | string => child !== undefined && child !== false);
}

/** Sets a text, unless it is there: screen readers and selections notice what is written again. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

type Known = { readonly element: HTMLElement; signature: string };

/**
 * Keeps a list on the screen: one element for each item, in order. An element stays as long as the key of its item does, and is
 * built again only when the item's signature (its JSON, unless told) has changed, so that focus, selection and scrolling stay.
 */
export class KeyedList<Item> {
  readonly #parent: HTMLElement;
  readonly #keyOf: (item: Item) => string;
  readonly #build: (item: Item) => HTMLElement;
  readonly #signatureOf: (item: Item) => string;
  #known = new Map<string, Known>();

  constructor(
    parent: HTMLElement,
    keyOf: (item: Item) => string,
    build: (item: Item) => HTMLElement,
    signatureOf: (item: Item) => string = (item) => JSON.stringify(item),
  ) {
    this.#parent = parent;
    this.#keyOf = keyOf;
    this.#build = build;
    this.#signatureOf = signatureOf;
  }

  show(items: readonly Item[]): void {
    const known = new Map<string, Known>();
    let previous: Element | null = null;
    for (const item of items) {
      const key = this.#keyOf(item);
      const element = this.#elementOf(item, key, known);
      const place: ChildNode | null = previous ? previous.nextSibling : this.#parent.firstChild;
      if (place !== element) this.#parent.insertBefore(element, place);
      previous = element;
    }
    for (const [key, { element }] of this.#known) if (!known.has(key)) element.remove();
    this.#known = known;
  }

  find(key: string): HTMLElement | undefined {
    return this.#known.get(key)?.element;
  }

  #elementOf(item: Item, key: string, known: Map<string, Known>): HTMLElement {
    const signature = this.#signatureOf(item);
    const old = this.#known.get(key);
    if (old?.signature === signature) {
      known.set(key, old);
      return old.element;
    }
    const element = this.#build(item);
    if (old) {
      const focused = old.element.contains(document.activeElement) ? document.activeElement : null;
      old.element.replaceWith(element);
      if (focused) focusLike(element, focused);
    }
    known.set(key, { element, signature });
    return element;
  }
}

/** Moves the focus to where it was in the element that this one replaced: to the same action, or to the whole. */
function focusLike(element: HTMLElement, focused: Element): void {
  const action = focused.getAttribute('data-action');
  const same = action === null ? null : element.querySelector<HTMLElement>(`[data-action="${CSS.escape(action)}"]`);
  (same ?? element).focus({ preventScroll: true });
}
