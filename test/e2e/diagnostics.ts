import { spawnSync } from 'node:child_process';
import type { EndToEndContext } from './context.ts';
import { RELEASE } from './operator-release.ts';

/** Prints what one looks at first when a test on a cluster fails. Blocks, so that it shows the moment of the failure. */
export function printDiagnostics(context: Pick<EndToEndContext, 'operatorNamespace' | 'stackNamespace'>): void {
  const { operatorNamespace, stackNamespace } = context;
  const kinds = 'chatstacks,pods,deployments,statefulsets,jobs,replicasets,services,configmaps,persistentvolumeclaims';
  const inStack = ['-n', stackNamespace];
  const lines = '--tail=40';
  show(['get', kinds, ...inStack, '-o', 'wide']);
  show([
    'get',
    'chatstacks',
    ...inStack,
    '-o',
    'jsonpath={range .items[*].status.conditions[*]}{.type}={.status} {.reason}: {.message}{"\\n"}{end}',
  ]);
  show(['get', 'resourcequota', ...inStack]);
  show(['get', 'events', ...inStack, '--sort-by=.lastTimestamp'], 40);
  show(['logs', '-n', operatorNamespace, `deploy/${RELEASE}`, '--tail=80']);
  show(['get', 'pods,events', '-n', operatorNamespace], 30);
  const failing =
    'jsonpath={range .items[*]}{.metadata.name} {.status.conditions[?(@.type=="Ready")].status}{"\\n"}{end}';
  for (const line of read(['get', 'pods', ...inStack, '-o', failing]).split('\n')) {
    const [pod, ready] = line.split(' ');
    if (!pod || ready === 'True') continue;
    show(['describe', 'pod', ...inStack, pod], 60);
    show(['logs', ...inStack, pod, '--all-containers', lines]);
  }
  show(['logs', ...inStack, '-l', 'app.kubernetes.io/component=service', '--prefix', lines]);
}

function show(args: string[], lastLines?: number): void {
  const output = read(args).trimEnd().split('\n');
  const shown = lastLines ? output.slice(-lastLines) : output;
  console.log(`\n$ kubectl ${args.join(' ')}\n${shown.join('\n')}`);
}

function read(args: string[]): string {
  const { stdout, stderr } = spawnSync('kubectl', args, { encoding: 'utf8', timeout: 20_000 });
  return `${stdout ?? ''}${stderr ?? ''}`;
}
