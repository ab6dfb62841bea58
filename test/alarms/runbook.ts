/** The names that a runbook is read with, in place of those of the pages. */
export type StackNames = {
  readonly stack: string;
  readonly namespace: string;
  readonly operatorNamespace: string;
  /** File with the manifest of the stack. */
  readonly manifest: string;
  /** Where a page says POD, and NAME: names that the commands before it show. */
  readonly pod: string;
  readonly name: string;
};

/** A command of a page, with those before it that run on beside it. */
export type RunbookCommand = { readonly beside: readonly string[]; readonly command: string };

/** The commands of the section "Diagnosis", in their order, as they are written. Pure. */
export function readDiagnosis(page: string): readonly RunbookCommand[] {
  const section = page.split(/^## /m).find((part) => part.startsWith('Diagnosis\n')) ?? '';
  return [...section.matchAll(/^```sh\n(.*?)^```$/gms)].flatMap(([, block = '']) => readBlock(block));
}

/** A line that ends with "\" goes on in the next one, one with "<<'WORD'" until the line that is WORD; comments are left out. */
function readBlock(block: string): RunbookCommand[] {
  const found: RunbookCommand[] = [];
  const beside: string[] = [];
  const lines = block.split('\n');
  while (lines.length > 0) {
    let command = lines.shift() ?? '';
    if (command.trim() === '' || command.startsWith('#')) continue;
    while (command.endsWith('\\') && lines.length > 0) command += `\n${lines.shift()}`;
    const word = /<<'(\w+)'/.exec(command)?.[1];
    if (word !== undefined) command += `\n${lines.splice(0, lines.indexOf(word) + 1).join('\n')}`;
    if (command.endsWith('&')) beside.push(command);
    else found.push({ beside: [...beside], command });
  }
  return found;
}

/** A text of a page with the names of a stack in it. Pure. */
export function putNames(text: string, names: StackNames): string {
  return text
    .replaceAll('acme.yaml', names.manifest)
    .replaceAll(/\bacme\b/g, names.stack)
    .replaceAll('chatstack-system', names.operatorNamespace)
    .replaceAll(/(?<= -n )chat\b/g, names.namespace)
    .replaceAll(/\bPOD\b/g, names.pod)
    .replaceAll(/\bNAME\b/g, names.name);
}
