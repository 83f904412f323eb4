import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The launcher at the root of the repository. */
export const launcher = fileURLToPath(new URL('../../bridgekeeper', import.meta.url));

export interface LauncherResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs any command and answers what it printed; a failing one is an answer too. */
export function run(
  argv: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; input?: string } = {},
): Promise<LauncherResult> {
  const [tool = '', ...words] = argv;
  const { input = '', cwd, env } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(tool, words, {
      stdio: 'pipe',
      env: { ...process.env, BRIDGEKEEPER_SOCKET: '', ...env },
      ...(cwd !== undefined && { cwd }),
    });
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (part: string) => {
        output[name] += part;
      });
    }
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, ...output }));
    // Who does not read its input closes it early.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

/** Runs the launcher as a user would. */
export function runLauncher(
  words: readonly string[],
  options: Parameters<typeof run>[1] = {},
): Promise<LauncherResult> {
  return run([launcher, ...words], options);
}
