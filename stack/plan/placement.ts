/** Where one program listens and where its files are. Folders are absolute. */
export interface ProgramPlace {
  /** The name or address under which the other programs reach it. */
  readonly host: string;
  readonly port: number;
  /** The address it binds. */
  readonly listen: string;
  /** Folder of its read-only configuration: the rendered files and `start.sh`. */
  readonly configFolder: string;
  /** Folder it may write short-lived files to, passwords among them: in memory where that is to be had. */
  readonly runFolder: string;
}

/** Where the programs of a stack are, and which of them there are. */
export interface Placement {
  readonly kind: 'kubernetes' | 'compose' | 'local';
  /**
   * `table`: as many processes as the sizing table says, and one more of each while a new version replaces them;
   * `one`: a single process of each program and no replacement overlap, as on one machine.
   */
  readonly processes: 'table' | 'one';
  readonly postgres: ProgramPlace & {
    /** PGDATA. Its parent folder must be writable and on the same file system. */
    readonly dataFolder: string;
  };
  readonly pgbouncer: ProgramPlace & {
    /** Major.minor of the program: what it does not know may not stand in its ini. */
    readonly version: string;
    /** false: the program is not to be had there, and the service talks to Postgres itself. */
    readonly runs: boolean;
  };
  readonly redis: ProgramPlace & {
    /** false: the program is not to be had there, and the service runs without a cache. */
    readonly runs: boolean;
  };
  readonly service: {
    readonly host: string;
    readonly port: number;
    readonly metricsPort: number;
    readonly listen: string;
    /** Seconds a stopping process keeps serving while load balancers forget it. */
    readonly shutdownDelaySeconds: number;
  };
}

/** The ports the programs listen on, wherever they run. */
export const standardPorts = { postgres: 5432, pgbouncer: 6432, redis: 6379, service: 3001, metrics: 9464 } as const;

/** The ports of one stack. */
export type Ports = { readonly [program in keyof typeof standardPorts]: number };

const inContainers = (kind: 'kubernetes' | 'compose', host: (component: string) => string): Placement => ({
  kind,
  processes: kind === 'kubernetes' ? 'table' : 'one',
  postgres: {
    host: host('postgres'),
    port: standardPorts.postgres,
    listen: '*',
    configFolder: '/etc/chatstack',
    runFolder: '/tmp',
    dataFolder: '/var/lib/postgresql/data',
  },
  pgbouncer: {
    host: host('pgbouncer'),
    port: standardPorts.pgbouncer,
    listen: '*',
    configFolder: '/etc/chatstack',
    runFolder: '/run/chatstack',
    version: '1.26',
    runs: true,
  },
  redis: {
    host: host('redis'),
    port: standardPorts.redis,
    listen: '*',
    configFolder: '/etc/chatstack',
    runFolder: '/run/chatstack',
    runs: true,
  },
  service: {
    host: host('service'),
    port: standardPorts.service,
    metricsPort: standardPorts.metrics,
    listen: '0.0.0.0',
    // Nodes, DNS and ingress controllers each learn with a second's delay or two that a pod is on its way out.
    shutdownDelaySeconds: kind === 'kubernetes' ? 5 : 0,
  },
});

/** In Kubernetes: the Services `<stack>-<component>` of the stack's own namespace. */
export const kubernetesPlacement = (name: string): Placement =>
  inContainers('kubernetes', (component) => `${name}-${component}`);

/** In Docker Compose: hosts are the services `postgres`, `pgbouncer`, `redis` and `service` of the file. */
export const composePlacement = (): Placement => inContainers('compose', (component) => component);

/** What is known about this machine before a stack is placed on it. */
export interface LocalMachine {
  /** Absolute folder that holds everything of the stack. */
  readonly folder: string;
  readonly ports: Ports;
  /** Major.minor of the installed PgBouncer; undefined when there is none. */
  readonly pgbouncerVersion: string | undefined;
  readonly redisInstalled: boolean;
}

/** On this machine: every program on the loopback address, every file under one folder. */
export const localPlacement = ({ folder, ports, pgbouncerVersion, redisInstalled }: LocalMachine): Placement => {
  const place = (program: 'postgres' | 'pgbouncer' | 'redis'): ProgramPlace => ({
    host: '127.0.0.1',
    port: ports[program],
    listen: '127.0.0.1',
    configFolder: `${folder}/${program}/config`,
    runFolder: `${folder}/${program}/run`,
  });
  return {
    kind: 'local',
    processes: 'one',
    postgres: { ...place('postgres'), dataFolder: `${folder}/postgres/data` },
    pgbouncer: {
      ...place('pgbouncer'),
      version: pgbouncerVersion ?? '1.18',
      runs: pgbouncerVersion !== undefined,
    },
    redis: { ...place('redis'), runs: redisInstalled },
    service: {
      host: '127.0.0.1',
      port: ports.service,
      metricsPort: ports.metrics,
      listen: '127.0.0.1',
      shutdownDelaySeconds: 0,
    },
  };
};
