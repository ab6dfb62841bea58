import { describe, expect, test } from '@jest/globals';
import { parseChatStackSpec } from '../api/chat-stack.ts';
import { defaultImages } from '../plan/images.ts';
import { localPlacement, standardPorts } from '../plan/placement.ts';
import { planStack } from '../plan/plan-stack.ts';
import { type ProcessPlan, renderProcesses } from './processes.ts';

const processesOn = (machine: {
  redisInstalled: boolean;
  pgbouncerVersion: string | undefined;
}): readonly ProcessPlan[] => {
  const parsed = parseChatStackSpec({});
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  const placement = localPlacement({ folder: '/state', ports: standardPorts, ...machine });
  const planned = planStack({ name: 'local', spec: parsed.spec, placement, images: defaultImages });
  if (!planned.ok) throw new Error(JSON.stringify(planned.faults));
  return renderProcesses(planned.plan);
};
const findValue = (process: ProcessPlan | undefined, name: string): string | undefined => {
  const variable = process?.environment.find((each) => each.name === name);
  return variable && 'value' in variable ? variable.value : undefined;
};

describe('the processes of a stack on one machine', () => {
  test('are in an order in which each comes behind what it waits for', () => {
    const processes = processesOn({ redisInstalled: true, pgbouncerVersion: '1.18' });
    const names = processes.map(({ name }) => name);
    expect(names).toEqual(['postgres', 'redis', 'pgbouncer', 'migrate', 'fixtures', 'service']);
    for (const [index, { after }] of processes.entries())
      for (const name of after) expect(names.indexOf(name)).toBeLessThan(index);
  });

  test('keep every file below the folder, and passwords out of files', () => {
    for (const { files, folders, environment } of processesOn({ redisInstalled: true, pgbouncerVersion: '1.18' })) {
      for (const path of [...Object.keys(files), ...folders]) expect(path).toMatch(/^\/state\//);
      for (const variable of environment)
        if (variable.name.includes('PASSWORD')) expect(variable).toHaveProperty('secret');
    }
  });

  test('go without what is not installed: the service asks Postgres itself and caches nothing', () => {
    const processes = processesOn({ redisInstalled: false, pgbouncerVersion: undefined });
    expect(processes.map(({ name }) => name)).toEqual(['postgres', 'migrate', 'fixtures', 'service']);
    const service = processes.at(-1);
    expect(findValue(service, 'DATABASE_URL')).toBe('postgresql://127.0.0.1:5432/chatstack');
    expect(findValue(service, 'ENABLE_REDIS_CACHE')).toBe('false');
  });
});
