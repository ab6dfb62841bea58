const TRY_AGAIN_AFTER = 500;

/**
 * Whether traffic may come.
 *
 *   waiting ──schema seen to be current──▶ ready ──drain──▶ draining
 *      └── asks every 500 ms ──┘             (never back: see http/health/routes.ts)
 */
export class Readiness {
  #state: 'waiting' | 'ready' | 'draining' = 'waiting';
  #timer: NodeJS.Timeout | undefined;
  #told = '';
  readonly #isSchemaCurrent: () => Promise<boolean>;
  readonly #tell: (message: string) => void;
  readonly #reached = Promise.withResolvers<void>();

  constructor(isSchemaCurrent: () => Promise<boolean>, tell: (message: string) => void) {
    this.#isSchemaCurrent = isSchemaCurrent;
    this.#tell = tell;
    void this.#ask();
  }

  /** Whether the readiness probe says yes. */
  get isReady(): boolean {
    return this.#state === 'ready';
  }

  /** Resolves when the state is first `ready`. */
  get reached(): Promise<void> {
    return this.#reached.promise;
  }

  /** Whether the service is on its way out. */
  get isDraining(): boolean {
    return this.#state === 'draining';
  }

  /** No more traffic, for good. */
  beginDrain(): void {
    this.#state = 'draining';
    clearTimeout(this.#timer);
  }

  async #ask(): Promise<void> {
    const obstacle = await this.#isSchemaCurrent().then(
      (isCurrent) => (isCurrent ? undefined : 'the schema is older than this program expects: run service/migrate.ts'),
      (error: Error) => `${error.message} ${error.cause instanceof Error ? error.cause.message : ''}`,
    );
    if (this.#state !== 'waiting') return;
    if (obstacle === undefined) {
      this.#state = 'ready';
      this.#reached.resolve();
      return;
    }
    if (obstacle !== this.#told) this.#tell(`Not ready yet: ${obstacle}`);
    this.#told = obstacle;
    this.#timer = setTimeout(() => void this.#ask(), TRY_AGAIN_AFTER);
  }
}
