/**
 * Compares a manifest with a live object as server-side apply would: what the manifest does not mention is somebody
 * else's, but a list or map that apply treats as one value (atomic) has to be exactly ours.
 */

/** The paths at which the live value is not the desired one, each with the live value as JSON (`undefined`: none). */
export type Deviations = ReadonlyMap<string, string>;

/** JSON with sorted keys and without undefined: equal texts mean equal values. */
export function canonicalize(value: unknown): string {
  return JSON.stringify(sortKeys(value)) ?? 'undefined';
}

/** Every deviation of `live` from `desired`. */
export function findDeviations(desired: unknown, live: unknown): Deviations {
  const found = new Map<string, string>();
  compare({ desired, live, path: '', field: '' }, found);
  return found;
}

/** The deviations of one set that another does not have, or has with another value. */
export function subtractDeviations(from: Deviations, known: Deviations): Deviations {
  return new Map([...from].filter(([path, value]) => known.get(path) !== value));
}

interface Place {
  desired: unknown;
  live: unknown;
  path: string;
  /** The last field name of the path. */
  field: string;
}

/** Fields whose lists of objects are merged element by element, and what tells the elements apart. */
const mergeKeys: Readonly<Record<string, readonly string[]>> = {
  containers: ['name'],
  initContainers: ['name'],
  ephemeralContainers: ['name'],
  env: ['name'],
  volumes: ['name'],
  volumeMounts: ['mountPath'],
  volumeDevices: ['devicePath'],
  imagePullSecrets: ['name'],
  hostAliases: ['ip'],
  topologySpreadConstraints: ['topologyKey', 'whenUnsatisfiable'],
  ownerReferences: ['uid'],
  conditions: ['type'],
};
const servicePort = ['port', 'protocol'];
const containerPort = ['containerPort', 'protocol'];
/** Selectors are one value for apply: a label added by hand would choose other pods. */
const atomicMaps = new Set([
  'selector',
  'nodeSelector',
  'podSelector',
  'namespaceSelector',
  'labelSelector',
  'matchLabels',
]);

function compare(place: Place, found: Map<string, string>): void {
  const { desired, live, path, field } = place;
  if (desired === undefined || desired === live || (isAbsent(desired) && isAbsent(live))) {
    return;
  }
  if (Array.isArray(desired) && Array.isArray(live)) {
    compareLists(place, desired, live, found);
  } else if (isMap(desired) && isMap(live) && !atomicMaps.has(field)) {
    for (const [name, value] of Object.entries(desired)) {
      compare({ desired: value, live: live[name], path: path ? `${path}.${name}` : name, field: name }, found);
    }
  } else if (canonicalize(desired) !== canonicalize(live)) {
    found.set(path, canonicalize(live));
  }
}

function compareLists(place: Place, desired: unknown[], live: unknown[], found: Map<string, string>): void {
  const keys = keysOf(place);
  if (keys !== undefined && desired.every(isMap)) {
    const elements = new Map(live.filter(isMap).map((element) => [identify(element, keys), element]));
    for (const element of desired) {
      const identity = identify(element, keys);
      compare({ desired: element, live: elements.get(identity), path: `${place.path}[${identity}]`, field: '' }, found);
    }
  } else if (place.field === 'finalizers') {
    const missing = desired.filter((each) => !live.includes(each));
    if (missing.length > 0) {
      found.set(place.path, canonicalize(live));
    }
  } else if (desired.length !== live.length) {
    found.set(place.path, canonicalize(live));
  } else {
    for (const [index, element] of desired.entries()) {
      compare({ desired: element, live: live[index], path: `${place.path}[${index}]`, field: '' }, found);
    }
  }
}

function keysOf({ path, field }: Place): readonly string[] | undefined {
  if (field !== 'ports') {
    return Object.hasOwn(mergeKeys, field) ? mergeKeys[field] : undefined;
  }
  if (path === 'spec.ports') {
    return servicePort;
  }
  return /ontainers\[[^\]]*\]\.ports$/.test(path) ? containerPort : undefined;
}

function identify(element: Record<string, unknown>, keys: readonly string[]): string {
  return keys.map((key) => String(element[key] ?? (key === 'protocol' ? 'TCP' : ''))).join(',');
}

/** The server leaves out null and empty lists. */
function isAbsent(value: unknown): boolean {
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0);
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(sortKeys);
  }
  if (!isMap(value)) {
    return value;
  }
  return Object.fromEntries(
    Object.entries(value)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, inner]) => [name, sortKeys(inner)]),
  );
}
