import { execFileSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { findProgram } from '../engines/programs.ts';

const ROOT = join(import.meta.dirname, '../..');
const MODULE = 'github.com/GoogleContainerTools/skaffold/v2';

type Artifact = {
  readonly image: string;
  readonly docker: { readonly dockerfile: string; readonly target: string };
  readonly sync: { readonly manual: readonly { readonly src: string }[] };
};

type Configuration = {
  readonly apiVersion: string;
  readonly build: { readonly artifacts: readonly Artifact[] };
  readonly manifests: { readonly rawYaml: readonly string[] };
  readonly deploy: {
    readonly helm: {
      readonly releases: readonly {
        readonly chartPath: string;
        readonly setValues: Record<string, unknown>;
        readonly setValueTemplates: Record<string, string>;
      }[];
    };
  };
};

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const configuration: Configuration = parse(read('skaffold.yaml'));

/** skaffold's schema of that version, out of the module that go.mod pins; Go keeps it in its cache. */
function readSchema(apiVersion: string): object {
  const answer = execFileSync('go', ['mod', 'download', '-json', MODULE], {
    cwd: import.meta.dirname,
    encoding: 'utf8',
    env: { ...process.env, GOFLAGS: '-mod=readonly' },
  });
  const { Dir } = JSON.parse(answer);
  const name = apiVersion.replace('skaffold/', '');
  return JSON.parse(readFileSync(join(Dir, `docs-v2/content/en/schemas/${name}.json`), 'utf8'));
}

const describeWithGo = findProgram('go') ? describe : describe.skip;

describeWithGo("skaffold.yaml against skaffold's published schema", () => {
  const validate = () =>
    new Ajv({ strict: false, allErrors: true, logger: false }).compile(readSchema(configuration.apiVersion));

  test('is valid', () => {
    const check = validate();
    check(configuration);
    expect(check.errors ?? []).toEqual([]);
  });

  test('would not be with a field that skaffold does not know', () => {
    expect(validate()({ ...configuration, biuld: {} })).toBe(false);
  });
});

describe('skaffold.yaml', () => {
  test.each(configuration.build.artifacts)('builds $image from a target that its Dockerfile has', ({ docker }) => {
    expect(read(docker.dockerfile)).toContain(` AS ${docker.target}\n`);
  });

  test.each(configuration.build.artifacts)('copies sources that $image contains into its containers', (artifact) => {
    const dockerfile = read(artifact.docker.dockerfile);
    for (const { src } of artifact.sync.manual) {
      const [room = ''] = src.split('/');
      expect(globSync(src, { cwd: ROOT })).not.toHaveLength(0);
      expect(dockerfile).toContain(`COPY --chown=1000:1000 ${room} ${room}\n`);
    }
  });

  test('installs a chart that has the values it sets, with the image that it builds', () => {
    for (const release of configuration.deploy.helm.releases) {
      const values = parse(read(join(release.chartPath, 'values.yaml')));
      for (const path of Object.keys({ ...release.setValues, ...release.setValueTemplates })) {
        const value = path.split('.').reduce((at, key) => at?.[key], values);
        expect({ path, value }).toEqual({ path, value: expect.anything() });
      }
      const images = configuration.build.artifacts.map(({ image }) => image);
      expect(images).toContain(values.image.repository);
    }
  });

  test('applies example stacks that exist', () => {
    expect(configuration.manifests.rawYaml.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});
