import { spawnSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import { commands } from './commands.ts';
import { completeWords } from './complete-words.ts';
import { completionScripts, shells } from './completion-scripts.ts';
import { countEdits, findNearest } from './nearest.ts';

const offered = (...words: string[]) => completeWords(words, commands).candidates.map(({ word }) => word);

describe('what fits at the cursor', () => {
  test('first a command, but no hidden one', () => {
    expect(offered('')).toEqual(expect.arrayContaining(['plan', 'render', 'completion', 'help']));
    expect(offered('')).not.toContain('complete');
  });

  test('behind a command its options, or the words of its operand', () => {
    expect(offered('render', '--')).toEqual(expect.arrayContaining(['--to', '--filename', '--help']));
    expect(offered('completion', '')).toEqual([...shells]);
    expect(offered('completion', 'bash', '')).toEqual([]);
  });

  test('behind an option its values', () => {
    expect(offered('render', '--to', '')).toEqual(['kubernetes', 'compose']);
    expect(completeWords(['render', '-f', ''], commands).asks).toBe('files');
    expect(completeWords(['plan', '-n', ''], commands).asks).toBe('namespaces');
  });

  test('options before the command are read too', () => {
    expect(completeWords(['-n', 'chat', 'render', '-f', ''], commands)).toMatchObject({
      asks: 'files',
      given: { namespace: 'chat' },
    });
  });
});

describe('the scripts of shells', () => {
  const has = (shell: string) => spawnSync(shell, ['-c', ':']).status === 0;

  test.each(shells.filter(has))('%s understands its script', (shell) => {
    const { status, stderr } = spawnSync(shell, ['-n'], { input: completionScripts[shell], encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  test('bash takes candidates without their descriptions, and only those that begin as the word does', () => {
    const script = `chatstack() { printf 'plan\\twhy\\nrender\\twhat\\n:4\\n'; }
${completionScripts.bash}
COMP_WORDS=(chatstack pl); COMP_CWORD=1; _chatstack; echo "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = spawnSync('bash', ['--norc'], { input: script, encoding: 'utf8' });
    expect({ stdout, stderr }).toEqual({ stdout: 'plan\n', stderr: '' });
  });
});

describe('the nearest word', () => {
  test('counts a swap of neighbours as one edit', () => {
    expect(countEdits('paln', 'plan')).toBe(1);
    expect(countEdits('', 'plan')).toBe(4);
  });

  test('is none when nothing is near', () => {
    expect(findNearest('apply', ['plan', 'render'])).toBeUndefined();
    expect(findNearest('stauts', ['plan', 'status'])).toBe('status');
    expect(findNearest('comp', ['plan', 'completion'])).toBe('completion');
  });
});
