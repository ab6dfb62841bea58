import { chatStackResource } from '../reconcile/child-kinds.ts';
import { isNotFound } from '../runtime/api-error.ts';
import type { KubernetesObject } from '../runtime/object.ts';
import type { Place } from './cluster-options.ts';
import { CommandError, type Operand } from './command.ts';
import { findNearest } from './nearest.ts';

/** The operand of commands about one stack. */
export const stackOperand: Operand = { name: 'NAME', required: true, completes: 'stacks' };

/** The ChatStack of a name. Throws a CommandError that says which there are. */
export async function findStack({ cluster, namespace }: Place, name: string): Promise<KubernetesObject> {
  try {
    return await cluster.client.get(chatStackResource, { namespace, name });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  const { items } = await cluster.client.list(chatStackResource, { namespace }).catch((error: unknown) => {
    if (!isNotFound(error)) throw error;
    const message = `${cluster.server} knows no ChatStacks: install the operator (helm install chatstack charts/chatstack-operator)`;
    throw new CommandError('refused', message);
  });
  const names = items.map((each) => each.metadata.name);
  const near = findNearest(name, names);
  const found = names.length === 0 ? 'none there; -n chooses another namespace' : names.join(', ');
  const hint = near === undefined ? '' : `. Did you mean ${near}?`;
  throw new CommandError('refused', `expected a ChatStack ${name} in namespace ${namespace}, found ${found}${hint}`);
}

/** The same, of a stack that the operator works at. Throws a CommandError that says what to do where it is suspended. */
export async function findActiveStack(place: Place, name: string): Promise<KubernetesObject> {
  const stack = await findStack(place, name);
  if ((stack.spec as { suspend?: boolean } | undefined)?.suspend === true)
    throw new CommandError(
      'refused',
      `ChatStack ${name} is suspended: the operator would do nothing; set spec.suspend to false`,
    );
  return stack;
}
