/**
 * Hears of an operation when it begins: a statement by its SQL, a command by its name. What it answers is called once at the
 * end, with the error where it failed. Neither may throw.
 */
export type OperationObserver = (operation: string) => (error?: unknown) => void;

/** Several observers as one. */
export function combineObservers(...observers: readonly (OperationObserver | undefined)[]): OperationObserver {
  const [first, second, ...rest] = observers.filter((observer) => observer !== undefined);
  if (!first) return () => () => undefined;
  if (!second) return first;
  const others = rest.length > 0 ? combineObservers(second, ...rest) : second;
  return (operation) => {
    const endFirst = first(operation);
    const endOthers = others(operation);
    return (error) => {
      endFirst(error);
      endOthers(error);
    };
  };
}
