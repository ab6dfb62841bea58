import type { Cache } from './cache.ts';
import type { Source } from './controller.ts';
import type { Informer } from './informer.ts';
import type { KubernetesObject } from './object.ts';
import type { Resource } from './resource.ts';

/** What optional sources are made of. */
export interface OptionalSourcesOptions {
  /** Of the CustomResourceDefinitions; its objects need their `spec` and `status.conditions`. */
  readonly definitions: Informer;
  readonly resources: readonly Resource[];
  /** The source of one of the kinds; nothing is sent before it is added to a controller. */
  readonly buildSource: (resource: Resource) => Source;
}

/** Sources of kinds that a cluster may serve, or come to serve. */
export interface OptionalSources {
  /** The cache of a kind that is served and has its first list; `undefined` otherwise. */
  cacheOf(resource: Resource): Cache | undefined;
  /** Names of the definitions that the cluster serves. */
  served(): ReadonlySet<string>;
  /**
   * Adds the sources of the kinds that are served, now and whenever another one is. A source is to be watched until the signal aborts,
   * when its kind is no longer served; one that is served again gets a new source, which knows nothing of before.
   */
  follow(add: (source: Source, served: AbortSignal) => void): void;
}

interface Definition {
  readonly spec?: {
    readonly group: string;
    readonly names: { readonly plural: string; readonly kind: string };
    readonly versions: readonly { readonly name: string; readonly served: boolean }[];
  };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/** Keeps of a definition only what tells whether it serves a kind: its schemas may be half a megabyte. */
export function keepOfDefinition(object: KubernetesObject): KubernetesObject {
  const { apiVersion, kind, metadata } = object;
  const { spec, status } = object as KubernetesObject & Definition;
  const { name, uid, resourceVersion } = metadata;
  return {
    apiVersion,
    kind,
    metadata: { name, ...(uid && { uid }), ...(resourceVersion && { resourceVersion }) },
    spec: {
      group: spec?.group,
      names: { plural: spec?.names.plural, kind: spec?.names.kind },
      versions: spec?.versions.map((each) => ({ name: each.name, served: each.served })),
    },
    status: { conditions: status?.conditions?.filter(({ type }) => type === 'Established') },
  };
}

function serves(definition: KubernetesObject & Definition, resource: Resource): boolean {
  const { spec, status } = definition;
  return (
    spec?.names.kind === resource.kind &&
    spec.versions.some(({ name, served }) => served && `${spec.group}/${name}` === resource.apiVersion) &&
    status?.conditions?.some(({ type, status: value }) => type === 'Established' && value === 'True') === true
  );
}

/**
 * Builds them. That a kind is there is told by the watch of the definitions: no discovery is asked, and a kind that is installed
 * later is noticed at once. What was seen of a kind is forgotten with its definition, for its objects go with it.
 */
export function createOptionalSources({
  definitions,
  resources,
  buildSource,
}: OptionalSourcesOptions): OptionalSources {
  const followed = new Map<Resource, { readonly source: Source; readonly stop: AbortController }>();
  const nameOf = ({ plural, apiVersion }: Resource) => `${plural}.${apiVersion.slice(0, apiVersion.indexOf('/'))}`;
  const isServed = (resource: Resource): boolean => {
    const definition = definitions.cache.get({ namespace: '', name: nameOf(resource) });
    return definition !== undefined && serves(definition, resource);
  };
  return {
    cacheOf(resource) {
      const informer = isServed(resource) ? followed.get(resource)?.source.informer : undefined;
      return informer?.hasSynced ? informer.cache : undefined;
    },
    served: () => new Set(resources.filter(isServed).map(nameOf)),
    follow(add) {
      const look = () => {
        for (const resource of resources) {
          const known = followed.get(resource);
          if (isServed(resource) && known === undefined) {
            const each = { source: buildSource(resource), stop: new AbortController() };
            followed.set(resource, each);
            add(each.source, each.stop.signal);
          } else if (!isServed(resource) && known !== undefined) {
            followed.delete(resource);
            known.stop.abort();
          }
        }
      };
      definitions.onChange(look);
      look();
    },
  };
}
