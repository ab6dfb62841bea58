import { createHash } from 'node:crypto';
import type { KubernetesObject } from '../runtime/object.ts';

/** Files of ConfigMaps that a reconcile reads. Of the others it only has to know whether they are as planned. */
const filesRead = ['inputs.json', 'postgresql.conf', 'pgbouncer.ini', 'ca.crt'] as const;

/** The longest text that is kept of a file that nobody reads, in characters. */
const longestText = 512;
const mark = 'sha256:';

/** A file of a ConfigMap, live or planned; `undefined` where there is none of the name. */
export function readFile(configMap: object | undefined, file: (typeof filesRead)[number]): string | undefined {
  return (configMap as { readonly data?: Readonly<Record<string, string>> } | undefined)?.data?.[file];
}

/**
 * What the operator keeps of a ConfigMap: of long files that it doesn't read, digests, by which it sees that they were changed. Rules, dashboards
 * and the content of a record are two thirds of a stack. A text that looks like a digest is kept as its digest, so that no hand can write one.
 */
export function keepOfConfigMap(configMap: KubernetesObject): KubernetesObject {
  const { data, binaryData } = configMap as { data?: Files; binaryData?: Files };
  return { ...configMap, ...(data && { data: keepOf(data) }), ...(binaryData && { binaryData: keepOf(binaryData) }) };
}

type Files = Readonly<Record<string, string>>;

const keepOf = (files: Files): Files =>
  Object.fromEntries(Object.entries(files).map(([name, text]) => [name, isKept(name, text) ? text : digestOf(text)]));

const isKept = (name: string, text: string): boolean =>
  filesRead.some((each) => each === name) || (text.length <= longestText && !text.startsWith(mark));

const digestOf = (text: string): string => mark + createHash('sha256').update(text).digest('base64url');
