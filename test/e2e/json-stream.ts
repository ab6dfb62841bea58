/**
 * Splits the output of `kubectl get --watch -o json` into objects: they follow each other, pretty-printed, and each ends
 * with a line that is a closing brace alone. Returns the function that takes pieces of text and gives complete objects.
 */
export function createJsonSplitter(): (text: string) => unknown[] {
  let pending = '';
  return (text) => {
    pending += text;
    const parts = pending.split(/(?<=^\}\n)/m);
    pending = parts.at(-1)?.endsWith('\n}\n') ? '' : (parts.pop() ?? '');
    return parts.filter((part) => part.trim() !== '').map((part) => JSON.parse(part) as unknown);
  };
}
