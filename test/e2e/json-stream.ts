/**
 * Splits the output of `kubectl get --watch -o json` into objects: they follow each other, a line each or pretty-printed
 * with braces of their own lines, as the version of kubectl has it. Returns the function that takes pieces of text and
 * gives the objects that they complete.
 */
export function createJsonSplitter(): (text: string) => unknown[] {
  let rest = '';
  let lines: string[] = [];
  return (text) => {
    const objects: unknown[] = [];
    const arrived = (rest + text).split('\n');
    rest = arrived.pop() ?? '';
    for (const line of arrived) {
      lines.push(line);
      if (line !== '}' && !line.startsWith('{"')) continue;
      objects.push(JSON.parse(lines.join('\n')));
      lines = [];
    }
    return objects;
  };
}
