import type { ChatClient } from '../../chat-client.ts';
import { SYSTEM_CLOCK } from '../../clock.ts';
import type { SearchResults } from '../../messages.ts';
import { explain } from './problems.ts';

const PATIENCE_MS = 250;

/** Looks for messages while somebody types what to look for. */
export class Search {
  text = '';
  state: 'idle' | 'searching' | 'ready' | 'failed' = 'idle';
  found: SearchResults['results'] = [];
  reason = '';
  readonly #client: ChatClient;
  readonly #onChange: () => void;
  #callOff: () => void = () => undefined;

  constructor(client: ChatClient, onChange: () => void) {
    this.#client = client;
    this.#onChange = onChange;
  }

  /** What is looked for has changed: asked once nothing was typed for a moment. */
  type(text: string): void {
    this.#callOff();
    this.text = text;
    this.found = [];
    this.state = text.trim() === '' ? 'idle' : 'searching';
    if (this.state === 'searching') this.#callOff = SYSTEM_CLOCK.after(PATIENCE_MS, () => void this.#ask(text));
    this.#onChange();
  }

  async #ask(text: string): Promise<void> {
    try {
      const { results } = await this.#client.search({ q: text.trim(), limit: 20 });
      if (text !== this.text) return; // something else is looked for by now
      [this.found, this.state] = [results, 'ready'];
    } catch (error) {
      if (text !== this.text) return;
      [this.reason, this.state] = [explain(error), 'failed'];
    }
    this.#onChange();
  }
}
