import type { ConnectionState } from '../../realtime/events.ts';
import { fill, make } from '../dom.ts';
import { count, formatMilliseconds } from '../format.ts';
import type { Read, ReadLog } from '../state/read-log.ts';

/** How the connection is, in a word or two. */
export function describeConnection(state: ConnectionState): { tone: 'good' | 'busy' | 'bad'; text: string } {
  switch (state.kind) {
    case 'open':
      return { tone: 'good', text: 'Live' };
    case 'connecting':
      return { tone: 'busy', text: state.attempt > 1 ? 'Reconnecting…' : 'Connecting…' };
    case 'waiting':
      return { tone: 'busy', text: 'Reconnecting…' };
    case 'closed':
      return { tone: 'bad', text: state.reason ? `Disconnected: ${state.reason}` : 'Disconnected' };
  }
}

/** Where a page came from. */
export function buildSource({ source }: Read): HTMLElement {
  return make('span', {
    class: 'source',
    text: source === 'cache' ? 'cache' : 'Postgres',
    attributes: { 'data-source': source },
  });
}

/** A line below the messages: the connection, and where the page that was read last came from. */
export class StatusLine {
  readonly element: HTMLElement;
  readonly #connection = make('span', { class: 'connection', attributes: { role: 'status' } });
  readonly #read = make('span', { class: 'last-read' });
  #shown = '';

  constructor() {
    this.element = make('div', { class: 'status-line' }, this.#connection, this.#read);
  }

  show(state: ConnectionState, reads: ReadLog): void {
    const [read] = reads.reads;
    const { tone, text } = describeConnection(state);
    const signature = `${tone} ${text} ${read?.number}`;
    if (signature === this.#shown) return;
    this.#shown = signature;
    this.#connection.dataset.tone = tone;
    fill(this.#connection, make('span', { class: 'connection-dot' }), text);
    if (!read) return;
    const words = `${count(read.messages, 'message', 'messages')} in ${formatMilliseconds(read.milliseconds)}`;
    fill(
      this.#read,
      make('span', { class: 'wide-only', text: 'Last read' }),
      buildSource(read),
      make('span', { text: words }),
    );
    this.#read.title = `Version ${read.version} of the conversation`;
  }
}
