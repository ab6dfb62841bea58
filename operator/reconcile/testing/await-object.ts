import type { Informer } from '../../runtime/informer.ts';
import type { KubernetesObject, ObjectKey } from '../../runtime/object.ts';

/** Longest time that something may take to become so, in milliseconds: far more than any machine needs, as it only tells a hang. */
const patience = 60_000;

/** Looks now and after each change that the informer sees, until `look` finds something; rejects with what was expected after 60 s. */
export function awaitFinding<Found>(
  { onChange }: Pick<Informer, 'onChange'>,
  look: () => Found | undefined,
  explain: () => { expected: string; found: unknown },
): Promise<Found> {
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void) => {
      unsubscribe();
      clearTimeout(timer);
      settle();
    };
    const lookAgain = () => {
      const found = look();
      if (found !== undefined) finish(() => resolve(found));
    };
    const unsubscribe = onChange(lookAgain);
    const timer = setTimeout(() => {
      const { expected, found } = explain();
      const text = JSON.stringify(found ?? null, null, 1);
      finish(() => reject(new Error(`expected ${expected} within ${patience} ms, found ${text}`)));
    }, patience);
    lookAgain();
  });
}

/** Resolves with the first version of an object that the predicate holds for; rejects with the last one after 60 s. */
export function awaitObject(
  informer: Informer,
  key: ObjectKey,
  holds: (object: KubernetesObject) => boolean,
): Promise<KubernetesObject> {
  const look = () => {
    const object = informer.cache.get(key);
    return object && holds(object) ? object : undefined;
  };
  return awaitFinding(informer, look, () => ({
    expected: `${key.name} to become so`,
    found: informer.cache.get(key),
  }));
}

/** Resolves when the object isn't there any more; rejects after 60 s. */
export async function awaitAbsence(informer: Informer, key: ObjectKey): Promise<void> {
  const look = () => (informer.cache.get(key) === undefined ? true : undefined);
  await awaitFinding(informer, look, () => ({ expected: `${key.name} to go`, found: informer.cache.get(key) }));
}
