import { inNamespace, type Namespace } from './kubectl.ts';
import { serviceUrls } from './service-proxy.ts';

/** What the run hands to its test files: names, images, addresses. */
export type EndToEndContext = {
  operatorNamespace: string;
  stackNamespace: string;
  stackName: string;
  operatorImage: string;
  serviceImage: string;
  /** The same image under a second tag: another image as far as Kubernetes can tell. */
  otherServiceImage: string;
  proxyUrl: string;
  figuresFile: string;
  outcomeFile: string;
  /** How long an unchanged stack is watched for writes. */
  idleSeconds: number;
};

/** The environment variable that carries the context to the test files. */
export const CONTEXT_VARIABLE = 'CHATSTACK_E2E';

/** Reads the context that `run.ts` made. Throws where a test file was started without it. */
export function readContext(): EndToEndContext {
  const text = process.env[CONTEXT_VARIABLE];
  if (!text) throw new Error('expected to be started by test/e2e/run.ts: use "make e2e" or "npm run e2e -- PATTERN"');
  return JSON.parse(text) as EndToEndContext;
}

/** Which stack a test looks at. */
export type StackPlace = Pick<EndToEndContext, 'stackNamespace' | 'stackName'>;

/** The namespace of the stack under test. */
export function stackNamespace(context: StackPlace): Namespace {
  return inNamespace(context.stackNamespace);
}

/** Where the stack's service answers from outside of the cluster. */
export function serviceUrl({ proxyUrl, stackNamespace: namespace, stackName }: EndToEndContext): string {
  return serviceUrls(proxyUrl)(namespace, `${stackName}-service`, 3001);
}
