import { setTimeout as elapse } from 'node:timers/promises';
import { podsOf } from '../../e2e/stack.ts';
import { type Refusal, refuse, refuseNoMore } from '../admission.ts';
import type { Alarm } from '../alarm.ts';

const exporterPods: Refusal = { resource: 'pods', operation: 'CREATE', components: ['exporters'] };

const exportersRefused: Alarm = {
  name: 'exporters refused',
  what: 'The pod of the exporters is deleted, and a policy of the cluster refuses another one.',
  stack: 'first',
  expects: [{ alert: 'ChatStackTargetsAbsent', severity: 'warning' }],
  begin: async (scene) => {
    const { namespace, place } = scene;
    const [pod] = await podsOf(place, 'exporters');
    if (pod === undefined) throw new Error(`expected a pod of the exporters of ${place.stackName}, found none`);
    const { labels = {} } = pod.metadata;
    const another = { ...pod, metadata: { name: `${place.stackName}-probe`, labels }, status: undefined };
    await refuse(scene, exporterPods, ['create', '-f', '-'], JSON.stringify(another));
    await namespace.kubectl(['delete', 'pod', pod.metadata.name]);
  },
  end: (scene) => refuseNoMore(scene, exporterPods),
};

const serverKeys: Refusal = {
  resource: 'secrets',
  operation: 'UPDATE',
  components: ['postgres', 'pgbouncer', 'redis'],
};

/** Certificates of an hour, of which the least is asked; and those that hold two hours and are replaced after a minute. */
export const hourly = { mode: 'SelfSigned', duration: '1h', renewBefore: '5m' };
const sooner = { duration: '2h', renewBefore: '1h59m' };

/** How long somebody who edits the stack again and again waits in between, in milliseconds. */
const EDIT_AGAIN_MS = 4_000;

const notRenewed: Alarm = {
  name: 'certificates refused',
  what: `Certificates that hold an hour are to be renewed 119 minutes before their end, and a policy of the cluster refuses changes of their Secrets. Meanwhile a program annotates the ChatStack every ${EDIT_AGAIN_MS / 1000} s, so that it is reconciled each time.`,
  stack: 'fifth',
  expects: [
    { alert: 'ChatStackCertificateExpires', severity: 'warning' },
    { alert: 'ChatStackOperatorReconcileErrors', severity: 'warning' },
  ],
  begin: async (scene, ended) => {
    const { namespace, place } = scene;
    const probe = ['annotate', 'secret', `${place.stackName}-redis-tls`, 'chatstack.dev/probe=1'];
    await refuse(scene, serverKeys, probe);
    await namespace.patch('chatstack', place.stackName, { spec: { tls: sooner } });
    void (async () => {
      for (let edit = 1; !ended.aborted; edit += 1) {
        const annotations = { 'alarms/edit': String(edit) };
        await namespace.patch('chatstack', place.stackName, { metadata: { annotations } }).catch(() => undefined);
        await elapse(EDIT_AGAIN_MS);
      }
    })();
  },
  end: async (scene) => {
    await scene.namespace.patch('chatstack', scene.place.stackName, { spec: { tls: hourly } });
    await refuseNoMore(scene, serverKeys);
  },
};

/** What the API server refuses. */
export const refusals: readonly Alarm[] = [exportersRefused, notRenewed];
