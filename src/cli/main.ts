import { CommanderError } from 'commander';
import { AppError } from '../errors/app-error.ts';
import { commandList } from './command-list.ts';
import { printFailure } from './print-failure.ts';
import { createProgram } from './program.ts';

// `bridgekeeper leases | head -1` closes the pipe early; that is no failure.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(process.exitCode ?? 0);
  });
}

const words = process.argv.slice(2);
const json = words.includes('--json');
const only = words[0] !== undefined && Object.hasOwn(commandList, words[0]) ? words[0] : undefined;

try {
  const program = await createProgram(only, json || only === 'check', only === undefined ? undefined : words[1]);
  await program.parseAsync(words, { from: 'user' });
} catch (error) {
  const helped = error instanceof CommanderError && error.exitCode === 0;
  // Whoever runs a plugin reads its first line, and 2 would mean CRITICAL.
  if (only === 'check' && !helped)
    process.exitCode = (await import('./check/print-unknown.ts')).printUnknown(error, words[1]);
  else if (!(error instanceof CommanderError)) process.exitCode = await printFailure(error, json);
  else if (error.exitCode === 0) process.exitCode = 0;
  // Wrong arguments are bad input. Without --json commander has said already what is wrong.
  else if (!json) process.exitCode = 2;
  else
    process.exitCode = await printFailure(new AppError('value-invalid', error.message.replace(/^error: /, '')), true);
}
