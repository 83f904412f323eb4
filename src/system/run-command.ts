import { constants } from 'node:os';
import { AppError } from '../errors/app-error.ts';
import { type RunningCommand, spawnCommand } from './spawn-command.ts';

export interface RunOptions {
  /** Written to the command's standard input, which is then closed. */
  readonly input?: string;
  /** Milliseconds until the command is killed. Default 30,000. */
  readonly timeoutMs?: number;
  /** The whole environment; the process's own with LC_ALL=C unless given. */
  readonly env?: NodeJS.ProcessEnv;
  /** Whoever wrote the program is not us: its children end with it, and so does it when it prints more bytes than this. */
  readonly mostOutput?: number;
  /** Kills the command when it fires. */
  readonly signal?: AbortSignal;
}

export interface CommandOutput {
  readonly stdout: string;
  readonly stderr: string;
}

/** Details of a `command-failed` error; `exitCode` is null when a signal ended the command or it never ran. */
export interface CommandFailure extends CommandOutput {
  readonly argv: readonly string[];
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly timedOut: boolean;
}

const packages: Readonly<Record<string, string>> = {
  ip: 'iproute2',
  bridge: 'iproute2',
  tc: 'iproute2',
  ss: 'iproute2',
  nft: 'nftables',
  dnsmasq: 'dnsmasq-base',
  conntrack: 'conntrack',
  tcpdump: 'tcpdump',
  unshare: 'util-linux',
  nsenter: 'util-linux',
  dig: 'bind9-dnsutils',
  busybox: 'busybox-static',
  'qemu-system-x86_64': 'qemu-system-x86',
};

/** One argument as a POSIX shell would have to see it. */
export function quoteWord(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Milliseconds between two looks at how much a command has printed. */
const lookAtOutput = 20;

function describe(failure: CommandFailure, ended: string | undefined): string {
  const command = failure.argv.map(quoteWord).join(' ');
  const how =
    ended ??
    (failure.signal !== null
      ? `was ended by signal ${failure.signal} (${constants.signals[failure.signal]})`
      : `failed with exit status ${failure.exitCode}`);
  const output = failure.stderr.trim() || failure.stdout.trim();
  return `command "${command}" ${how}${output === '' ? ', and printed nothing' : `: ${output}`}`;
}

function notStarted(argv: readonly string[], cause: NodeJS.ErrnoException): AppError {
  const [tool = ''] = argv;
  const name = tool.slice(tool.lastIndexOf('/') + 1);
  const debian = packages[name];
  const details: CommandFailure = { argv, exitCode: null, signal: null, timedOut: false, stdout: '', stderr: '' };
  const message =
    cause.code === 'ENOENT'
      ? `command "${tool}" is not installed${debian === undefined ? '' : `; Debian package "${debian}" has it (apt-get install ${debian})`}`
      : `command "${tool}" could not be started: ${cause.message}`;
  return new AppError('command-failed', message, { cause, details: { ...details } });
}

/**
 * Runs a command without a shell and answers what it printed. Rejects with `command-failed` (details: CommandFailure)
 * when it cannot be started, ends with another status than 0, is ended by a signal or takes longer than `timeoutMs`.
 */
export async function runCommand(argv: readonly string[], options: RunOptions = {}): Promise<CommandOutput> {
  const { input, timeoutMs = 30_000, env = { ...process.env, LC_ALL: 'C' }, mostOutput, signal } = options;
  const [tool, ...words] = argv;
  if (tool === undefined) throw new AppError('internal', 'a command was to be run, but its argv is empty');
  let running: RunningCommand;
  try {
    running = spawnCommand([tool, ...words], env, input ?? '', mostOutput !== undefined);
  } catch (error) {
    throw notStarted(argv, error as NodeJS.ErrnoException);
  }
  let timedOut = false;
  let why: string | undefined;
  const kill = (reason: string): void => {
    why ??= reason;
    end(running.pid, mostOutput !== undefined);
  };
  const timer = setTimeout(() => {
    timedOut = true;
    kill(`did not end within ${timeoutMs} ms and was killed`);
  }, timeoutMs);
  const stop = (): void => kill('was killed, since nobody waits for it any more');
  signal?.addEventListener('abort', stop);
  if (signal?.aborted) stop();
  const looking =
    mostOutput === undefined
      ? undefined
      : setInterval(() => {
          if (running.printed() > mostOutput) kill(`printed more than ${mostOutput} bytes and was killed`);
        }, lookAtOutput);
  const ending = await running.ended.finally(() => {
    clearTimeout(timer);
    clearInterval(looking);
    signal?.removeEventListener('abort', stop);
  });
  // What is read again and again, in messages and logs, is not what printed without end until it was killed.
  const stdout = ending.stdout.subarray(0, mostOutput).toString('utf8');
  const stderr = ending.stderr.subarray(0, mostOutput).toString('utf8');
  if (ending.exitCode === 0 && why === undefined) return { stdout, stderr };
  const by = ending.signal === null ? null : signalName(ending.signal);
  const failure: CommandFailure = { argv, exitCode: ending.exitCode, signal: by, timedOut, stdout, stderr };
  throw new AppError('command-failed', describe(failure, why), { details: { ...failure } });
}

/** Ends a process that was not waited for yet, with its group where it leads one. */
function end(pid: number, group: boolean): void {
  try {
    if (group) process.kill(-pid, 'SIGKILL');
  } catch (error) {
    // It has left its group.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
  process.kill(pid, 'SIGKILL');
}

function signalName(number: number): NodeJS.Signals {
  const found = Object.entries(constants.signals).find(([, value]) => value === number);
  return (found?.[0] ?? 'SIGKILL') as NodeJS.Signals;
}
