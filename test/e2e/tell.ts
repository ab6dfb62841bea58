/** Prints something that was measured or seen, indented under its test file. Jest keeps back what goes to the console. */
export function tell(text: string): void {
  process.stdout.write(`${text.replaceAll(/^/gm, '    ')}\n`);
}
