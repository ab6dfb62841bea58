import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { describeWithApiServer } from './api-server.ts';
import { apiServerCache, findApiServerBinaries } from './api-server-binaries.ts';

describe('the programs of the API server', () => {
  test('an assets folder without them is an error that names it, not a silent skip', () => {
    const folder = mkdtempSync(join(tmpdir(), 'assets-'));
    expect(() => findApiServerBinaries({ KUBEBUILDER_ASSETS: folder, PATH: '' })).toThrow(folder);
    rmSync(folder, { recursive: true });
  });

  test('the assets folder comes before the cache, the cache before setup-envtest', () => {
    const home = mkdtempSync(join(tmpdir(), 'home-'));
    const env = { XDG_CACHE_HOME: home, PATH: '' };
    expect(findApiServerBinaries(env)).toBeUndefined();
    const script = (path: string, text: string) => writeFileSync(path, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    const fill = (folder: string) => {
      mkdirSync(folder, { recursive: true });
      for (const name of ['etcd', 'kube-apiserver']) script(join(folder, name), 'exit 1');
      return folder;
    };
    const installed = fill(join(home, 'installed'));
    script(join(home, 'setup-envtest'), `echo ${installed}`);
    const withEnvtest = { ...env, PATH: home };
    expect(findApiServerBinaries(withEnvtest)).toEqual({ folder: installed, source: 'setup-envtest' });
    const cached = fill(apiServerCache(env));
    expect(findApiServerBinaries(withEnvtest)).toEqual({ folder: cached, source: 'cache' });
    const assets = fill(join(home, 'assets'));
    const withAssets = { ...withEnvtest, KUBEBUILDER_ASSETS: assets };
    expect(findApiServerBinaries(withAssets)).toEqual({ folder: assets, source: 'KUBEBUILDER_ASSETS' });
    rmSync(home, { recursive: true });
  });
});

describeWithApiServer('an API server for tests', (server) => {
  test('keeps what the administrator applies, also over a crash', async () => {
    const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'kept' }, data: { answer: '42' } };
    await server().kubectl(['apply', '--server-side', '-f', '-'], JSON.stringify(map));
    await server().kill();
    await server().restart();
    expect(await server().kubectl(['get', 'configmap', 'kept', '-o', 'jsonpath={.data.answer}'])).toBe('42');
  });

  test('gives service accounts tokens whose holders may do nothing without a role', async () => {
    await server().kubectl(['create', 'serviceaccount', 'visitor']);
    const token = (await server().kubectl(['create', 'token', 'visitor'])).trim();
    const asVisitor = server().kubectl(['--token', token, 'get', 'pods']);
    await expect(asVisitor).rejects.toThrow(/serviceaccount:default:visitor" cannot list resource "pods"/);
  });

  test('enforces Pod Security of a namespace', async () => {
    await server().kubectl(['create', 'namespace', 'strict']);
    await server().kubectl(['label', 'namespace', 'strict', 'pod-security.kubernetes.io/enforce=restricted']);
    const run = server().kubectl(['run', 'loose', '-n', 'strict', '--image=none']);
    await expect(run).rejects.toThrow(/violates PodSecurity "restricted/);
  });
});
