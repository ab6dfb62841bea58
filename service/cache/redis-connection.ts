import { type CircuitBreakerPolicy, CircuitState, ConsecutiveBreaker, circuitBreaker, handleAll } from 'cockatiel';
import { Redis } from 'ioredis';
import type { RedisConfig } from '../config/config.ts';
import type { OperationObserver } from '../telemetry/operation-observer.ts';
import { observeCommands } from './observe-commands.ts';
import { buildLogin } from './redis-login.ts';
import { scripts, type WithScripts } from './scripts.ts';

/** Longest wait for one answer of Redis, in milliseconds. A request waits for at most one that does not come. */
const COMMAND_TIMEOUT = 100;

/** Failures in a row after which Redis is left alone. */
const FAILURES_UNTIL_OPEN = 5;

/** How often Redis is tried again while it is left alone, in milliseconds. */
const PROBE_INTERVAL = 500;

/** Redis does not answer now, or was not asked because it did not lately. */
export class RedisUnavailable extends Error {
  override readonly name = 'RedisUnavailable';
}

/**
 * Redis behind a circuit breaker, for callers that can do without it.
 *
 *   closed ──5 failures in a row──▶ open ──every 500 ms, one PING in the background──▶ answered: closed
 *     │ each command ≤ 100 ms         │ commands fail at once, nothing is sent              │ else: open
 *
 * Only the probe finds out whether Redis is back, never a request: a request that finds the breaker open loses no time.
 * A connection that is gone fails commands at once (no offline queue), and ioredis connects again by itself.
 * Commands that timed out may still be executed later, so every command sent here must be harmless then.
 */
export class RedisConnection {
  readonly #client: WithScripts;
  readonly #breaker: CircuitBreakerPolicy = circuitBreaker(handleAll, {
    breaker: new ConsecutiveBreaker(FAILURES_UNTIL_OPEN),
    halfOpenAfter: 0, // the probe's timer below is the one clock
  });
  readonly #recovered = new Set<() => void>();
  #probe: NodeJS.Timeout | undefined;
  #isGathering = false;
  readonly #last: (() => void)[] = [];

  constructor(config: RedisConfig, tell: (message: string) => void, observer?: OperationObserver) {
    this.#client = new Redis(config.url, {
      ...buildLogin(config),
      connectionName: 'chat-service',
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      commandTimeout: COMMAND_TIMEOUT,
      connectTimeout: 1_000,
      socketTimeout: 5_000,
      retryStrategy: (attempt) => Math.min(attempt * 50, 1_000),
      reconnectOnError: (error) => error.message.startsWith('READONLY'), // a primary that became a replica
      scripts,
    }) as WithScripts;
    if (observer) observeCommands(this.#client, observer);
    let told = '';
    this.#client.on('error', (error: Error) => {
      if (error.message !== told) tell(`Redis: ${error.message}`); // once, not at each attempt to connect
      told = error.message;
    });
    this.#client.on('ready', () => {
      told = '';
      for (const listener of this.#recovered) listener();
    });
    let isLeft = false;
    this.#breaker.onBreak(() => {
      if (!isLeft) tell('Redis is left alone: it failed too often in a row'); // once, not at each probe that fails
      isLeft = true;
      this.#scheduleProbe();
    });
    this.#breaker.onReset(() => {
      isLeft = false;
      tell('Redis answers again');
      for (const listener of this.#recovered) listener();
    });
  }

  /** Runs one command; throws RedisUnavailable when it fails, times out or the breaker is open. */
  async run<T>(command: (client: WithScripts) => Promise<T>): Promise<T> {
    if (this.#breaker.state !== CircuitState.Closed) throw new RedisUnavailable('Redis is left alone for now');
    return this.#execute(command);
  }

  /**
   * Runs a command behind all others of this turn of the event loop: it may say what they all came to. Throws as `run` does,
   * also later than that.
   */
  runLast<T>(command: (client: WithScripts) => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#last.push(() => void this.run(command).then(resolve, reject));
      this.#gatherWrites();
    });
  }

  /** Whether commands are sent at all at the moment. */
  get isAvailable(): boolean {
    return this.#breaker.state === CircuitState.Closed && this.#client.status === 'ready';
  }

  /** Asks Redis itself, past the breaker's memory; at most COMMAND_TIMEOUT. */
  async isHealthy(): Promise<boolean> {
    if (!this.isAvailable) return false;
    return this.#client.ping().then(
      () => true,
      () => false,
    );
  }

  /** Calls the listener whenever Redis came back; answers how to stop that. */
  onRecovery(listener: () => void): () => void {
    this.#recovered.add(listener);
    return () => this.#recovered.delete(listener);
  }

  /** Ends the connection without waiting for anything. */
  close(): void {
    clearTimeout(this.#probe);
    this.#probe = undefined;
    this.#recovered.clear();
    this.#client.disconnect();
  }

  async #execute<T>(command: (client: WithScripts) => Promise<T>): Promise<T> {
    try {
      this.#gatherWrites();
      return await this.#breaker.execute(() => command(this.#client));
    } catch (error) {
      throw new RedisUnavailable(`Redis failed: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** Sends all commands of one turn of the event loop in one write: under load, writes cost more than all else here. */
  #gatherWrites(): void {
    if (this.#isGathering) return;
    this.#isGathering = true;
    const { stream } = this.#client; // none before the first connection
    stream?.cork();
    setImmediate(() => {
      for (const run of this.#last.splice(0)) run();
      this.#isGathering = false;
      stream?.uncork();
    });
  }

  #scheduleProbe(): void {
    clearTimeout(this.#probe);
    this.#probe = setTimeout(async () => {
      await this.#execute((client) => client.ping()).catch(() => this.#scheduleProbe());
    }, PROBE_INTERVAL);
    this.#probe.unref();
  }
}
