import { logImages, logUsers } from '../plan/images.ts';
import type { Resources, StackPlan } from '../plan/stack-plan.ts';
import { confined, type Json, limits, literal, publish, temporary, variableName } from './compose-parts.ts';

const lokiPort = 3100;

/** Where Loki's image has its data, and where Alloy remembers what it has sent. */
const folders = { loki: '/loki', alloy: '/var/lib/alloy' } as const;

const resources = (memory: string): Resources => ({ requests: { cpu: '0', memory }, limits: { memory } });

/** Alloy reads what containers write through Docker's socket, which belongs to root: whoever has it has the machine. */
const alloy = (plan: StackPlan): Json => ({
  profiles: ['logs'],
  image: literal(logImages.alloy),
  command: ['run', '/etc/alloy/config.alloy', `--storage.path=${folders.alloy}`],
  user: `${logUsers.alloy}:${logUsers.alloy}`,
  environment: {
    LOKI_URL: `http://loki:${lokiPort}/loki/api/v1/push`,
    // Compose itself says what the project is called.
    PROJECT: `\${COMPOSE_PROJECT_NAME}`,
    NAMESPACE: literal(plan.namespace),
    STACK: literal(plan.name),
  },
  volumes: [
    './examples/logs/compose.alloy:/etc/alloy/config.alloy:ro',
    `\${${variableName('docker-socket')}:-/var/run/docker.sock}:/var/run/docker.sock`,
  ],
  tmpfs: [temporary(folders.alloy, logUsers.alloy)],
  depends_on: ['loki'],
  ...confined,
  restart: 'unless-stopped',
  deploy: limits(resources('256Mi')),
});

const loki: Json = {
  profiles: ['logs'],
  image: literal(logImages.loki),
  user: `${logUsers.loki}:${logUsers.loki}`,
  volumes: [`loki:${folders.loki}`],
  ...publish('loki', lokiPort),
  ...confined,
  restart: 'unless-stopped',
  deploy: limits(resources('512Mi')),
};

/** What keeps the lines of the stack, where it is asked for (profile `logs`). */
export const buildLogServices = (plan: StackPlan): Json => ({ loki, alloy: alloy(plan) });

/** Names of the volumes that it keeps. */
export const logVolumes: readonly string[] = ['loki'];
