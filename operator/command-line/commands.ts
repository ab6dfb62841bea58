import type { Command } from './command.ts';
import { backupCommand } from './commands/backup.ts';
import { buildCompletionCommands } from './commands/completion.ts';
import { doctorCommand } from './commands/doctor.ts';
import { planCommand } from './commands/plan.ts';
import { renderCommand } from './commands/render.ts';
import { restoreCommand } from './commands/restore.ts';
import { rotateCommand } from './commands/rotate.ts';
import { statusCommand } from './commands/status.ts';
import { upgradeCommand } from './commands/upgrade.ts';

const named: readonly Command[] = [
  planCommand,
  renderCommand,
  statusCommand,
  doctorCommand,
  backupCommand,
  restoreCommand,
  rotateCommand,
  upgradeCommand,
];

/** All commands, in the order in which the help lists them. */
export const commands: readonly Command[] = [...named, ...buildCompletionCommands(named)];
