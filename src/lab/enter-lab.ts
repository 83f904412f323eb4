import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { AppError } from '../errors/app-error.ts';
import { findLab } from './holder.ts';
import { enterCommand, labEnvironment } from './run-inside.ts';
import { labFiles, namespaces } from './scenario.ts';

/** Entering a mount namespace leads to its root; back to where the user was, unless that is hidden inside (/run). */
const enterHere = 'cd "$1" 2>/dev/null; shift; exec "$@"';

/**
 * Runs a command (a shell unless given) in a namespace of the lab that is up, on this terminal. Answers its exit status.
 * Throws `not-found` when no lab is up or it has no such namespace.
 */
export async function enterLab(namespace: string, words: readonly string[]): Promise<number> {
  if (!namespaces.includes(namespace)) {
    throw new AppError('not-found', `the lab has no namespace "${namespace}"; it has ${namespaces.join(', ')}`);
  }
  const lab = await findLab();
  if (!lab) throw new AppError('not-found', 'no lab is up; start one with `bridgekeeper lab up`');
  const wanted = words.length > 0 ? words : [process.env.SHELL || '/bin/sh'];
  const inside = ['sh', '-c', enterHere, 'sh', process.cwd(), 'ip', 'netns', 'exec', namespace, ...wanted];
  const [command = '', ...rest] = [...enterCommand(lab), ...inside];
  const child = spawn(command, rest, {
    stdio: 'inherit',
    env: { ...labEnvironment(), BRIDGEKEEPER_SOCKET: labFiles.socket, BRIDGEKEEPER_LAB: namespace },
  });
  // The terminal sends Ctrl-C to what runs inside as well; that is whom it is meant for.
  const ignore = () => undefined;
  process.on('SIGINT', ignore);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.on('error', (error) => {
        reject(new AppError('command-failed', `the lab could not be entered: ${error.message}`, { cause: error }));
      });
      child.on('close', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
    });
  } finally {
    process.removeListener('SIGINT', ignore);
  }
}
