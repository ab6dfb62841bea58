/** What the API server answered instead of the object: its Status, typed. */
export class ApiError extends Error {
  /** HTTP status code. */
  readonly status: number;
  /** Machine-readable reason of the Status, such as `NotFound`, `AlreadyExists`, `Conflict`, `Invalid`, `Expired`. */
  readonly reason: string;
  /** How long the server asked us to wait before trying again, if it did. */
  readonly retryAfterMilliseconds: number | undefined;

  constructor(status: number, reason: string, message: string, retryAfterMilliseconds?: number) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.reason = reason;
    this.retryAfterMilliseconds = retryAfterMilliseconds;
  }
}

/** The API server could not be reached, cut the connection or did not answer in time. Whether it acted is unknown. */
export class ConnectionError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'ConnectionError';
  }
}

/** The object does not exist. Any other error must not be read as absence. */
export function isNotFound(error: unknown): error is ApiError {
  return error instanceof ApiError && error.status === 404;
}

/** A create met an object of that name. */
export function isAlreadyExists(error: unknown): error is ApiError {
  return error instanceof ApiError && error.status === 409 && error.reason === 'AlreadyExists';
}

/** A write met a newer version, or fields of another manager. */
export function isConflict(error: unknown): error is ApiError {
  return error instanceof ApiError && error.status === 409 && error.reason !== 'AlreadyExists';
}

/** The resource version is too old to watch or page from: list again. */
export function isExpired(error: unknown): error is ApiError {
  return error instanceof ApiError && (error.status === 410 || error.reason === 'Expired');
}

/** The server refused the object for what it says; sending it again cannot help. */
export function isInvalid(error: unknown): error is ApiError {
  return error instanceof ApiError && (error.status === 422 || error.status === 400);
}

/** The namespace is being deleted, so nothing can be made in it any more. Its Status has no reason of its own but these words. */
export function isNamespaceGoing(error: unknown): error is ApiError {
  return error instanceof ApiError && error.status === 403 && error.message.includes('because it is being terminated');
}
