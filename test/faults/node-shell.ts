import { defaultImages } from '@chatstack/stack/plan/images.ts';
import { inNamespace, type KubernetesObject, kubectl, type Namespace } from '../e2e/kubectl.ts';

/** What a process can be told. KILL ends it without a word, STOP freezes it, CONT thaws it. */
export type Signal = 'KILL' | 'STOP' | 'CONT';

/** A way onto the nodes of the cluster. */
export type NodeShell = {
  /** Runs a POSIX sh script as root on a node, among its processes and on its file systems. */
  run(node: string, script: string, ...args: string[]): Promise<string>;
  /** Signals processes of a pod, its pause process left out; `pattern` (of names, as `case` takes them) picks some. */
  signal(pod: KubernetesObject, signal: Signal, pattern?: string): Promise<void>;
  /** Freezes all processes that a pod has now for half of each second, until what is returned is called. */
  slow(pod: KubernetesObject): Promise<() => Promise<void>>;
  remove(): Promise<void>;
};

/**
 * Signals of a container's own namespace do not reach its process 1, so they are sent from the node. A pod's processes are
 * known by their control group, whose name holds the uid of the pod, with dashes or underscores.
 */
const FIND_PROCESSES = `
found=
other=$(echo "$uid" | tr - _)
for folder in /proc/[0-9]*; do
  grep -q -e "$uid" -e "$other" "$folder/cgroup" 2>/dev/null || continue
  name=$(cat "$folder/comm" 2>/dev/null)
  [ "$name" = pause ] && continue
  case $name in $pattern) found="$found \${folder#/proc/}" ;; esac
done
[ -n "$found" ] || { echo "expected processes of pod $uid on this node, found none" >&2; exit 1; }`;

const SIGNAL_SCRIPT = `
signal=$1 uid=$2 pattern=$3
${FIND_PROCESSES}
# The end of the first process ends the others before they are told.
for id in $found; do kill -s "$signal" "$id" 2>/dev/null || :; done`;

/** It goes on in the background while its file is there. */
const SLOW_SCRIPT = `
uid=$1 pattern='*'
${FIND_PROCESSES}
touch "/tmp/slow-$uid"
while [ -e "/tmp/slow-$uid" ]; do
  for signal in STOP CONT; do
    kill -s $signal $found
    sleep 0.5
  done
done >/dev/null 2>&1 &`;

/** The kubelet lives in the mount namespace of the node, which process 1 of the node may not let in. */
const ENTER_NODE = `
for folder in /proc/[0-9]*; do
  [ "$(cat "$folder/comm" 2>/dev/null)" = kubelet ] && kubelet=\${folder#/proc/}
done
[ -n "$kubelet" ] || { echo "expected a kubelet among the processes of this node, found none" >&2; exit 1; }
script=$1
shift
exec nsenter --target "$kubelet" --mount -- sh -euc "$script" sh "$@"`;

/** Starts a privileged pod on every node, in a namespace of its own: on the node's processes it sees and signals all. */
export async function startNodeShell(namespaceName: string): Promise<NodeShell> {
  const namespace = inNamespace(namespaceName);
  const labels = { 'pod-security.kubernetes.io/enforce': 'privileged' };
  await namespace.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespaceName, labels } });
  const { stdout } = await kubectl(['get', 'nodes', '-o', 'jsonpath={.items[*].metadata.name}']);
  const nodes = stdout.split(' ').filter(Boolean);
  await namespace.apply(...nodes.map(buildPod));
  await namespace.kubectl(['wait', '--for=condition=Ready', 'pods', '--all', '--timeout=180s']);
  const signal = (pod: KubernetesObject, name: Signal, pattern: string) =>
    execute(namespace, pod.spec.nodeName, SIGNAL_SCRIPT, name, pod.metadata.uid, pattern);
  return {
    run: (node, script, ...args) => execute(namespace, node, ENTER_NODE, script, ...args),
    signal: async (pod, name, pattern = '*') => void (await signal(pod, name, pattern)),
    slow: async ({ spec, metadata }) => {
      await execute(namespace, spec.nodeName, SLOW_SCRIPT, metadata.uid);
      return async () => void (await execute(namespace, spec.nodeName, 'rm "/tmp/slow-$1"', metadata.uid));
    },
    remove: async () => void (await kubectl(['delete', 'namespace', namespaceName, '--timeout=180s'])),
  };
}

function execute(namespace: Namespace, node: string, script: string, ...args: string[]): Promise<string> {
  return namespace.exec(podName(node), ['sh', '-c', script, 'sh', ...args]);
}

const podName = (node: string) => `shell-of-${node}`;

function buildPod(node: string): object {
  const container = {
    name: 'shell',
    image: defaultImages.postgres,
    imagePullPolicy: 'IfNotPresent',
    command: ['sleep', 'infinity'],
    securityContext: { privileged: true, runAsUser: 0 },
    resources: { requests: { cpu: '10m', memory: '16Mi' } },
  };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: podName(node) },
    spec: {
      nodeName: node,
      hostPID: true,
      terminationGracePeriodSeconds: 0,
      tolerations: [{ operator: 'Exists' }],
      containers: [container],
    },
  };
}
