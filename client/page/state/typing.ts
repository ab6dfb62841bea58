import type { Clock } from '../../clock.ts';

/** Who types where; each is forgotten when the time that the service told is over. */
export class Typing {
  readonly #clock: Clock;
  readonly #onChange: () => void;
  readonly #typists = new Map<string, Map<string, () => void>>();

  constructor(clock: Clock, onChange: () => void) {
    this.#clock = clock;
    this.#onChange = onChange;
  }

  in(conversationId: string): string[] {
    return [...(this.#typists.get(conversationId)?.keys() ?? [])];
  }

  begin(conversationId: string, userId: string, expiresInMs: number): void {
    const typists = this.#typists.get(conversationId) ?? new Map<string, () => void>();
    this.#typists.set(conversationId, typists);
    typists.get(userId)?.();
    typists.set(
      userId,
      this.#clock.after(expiresInMs, () => this.end(conversationId, userId)),
    );
    this.#onChange();
  }

  /** Somebody stopped: the time is over, or what was typed has come. */
  end(conversationId: string, userId: string): void {
    const typists = this.#typists.get(conversationId);
    const callOff = typists?.get(userId);
    if (!typists || !callOff) return;
    callOff();
    typists.delete(userId);
    if (typists.size === 0) this.#typists.delete(conversationId);
    this.#onChange();
  }
}
