import { type Command, Option } from 'commander';
import { type ClientOptions, socketPath, withClient } from '../command-options.ts';
import { print, printJson } from '../output.ts';

interface DaemonOptions extends ClientOptions {
  state: string;
  driver: 'linux' | 'none';
  logLevel: string;
}

async function runDaemon(options: DaemonOptions): Promise<void> {
  const { startDaemon } = await import('../../daemon/daemon.ts');
  const socket = socketPath(options);
  const { state, driver, logLevel } = options;
  await startDaemon({ stateDirectory: state, socket, driver, logLevel });
  // Whoever started it may wait for this line: from here on the daemon answers.
  if (options.json) printJson({ pid: process.pid, socket, state, driver });
  else print(`Bridgekeeper's daemon listens at ${socket}.`);
}

export function define(program: Command): void {
  const command = program
    .command('daemon')
    .description('run the daemon in the foreground; ending it leaves the traffic flowing')
    .option('--state <directory>', 'where the registry lives', '/var/lib/bridgekeeper')
    .addOption(
      new Option('--driver <name>', 'linux: the gateway on this host; none: the registry alone')
        .choices(['linux', 'none'])
        .default('linux'),
    )
    .addOption(
      new Option('--log-level <level>', 'least level of the log, which is JSON lines on stderr')
        .choices(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
        .default('info'),
    );
  withClient(command, 'sudo bridgekeeper daemon --state /var/lib/bridgekeeper').action(runDaemon);
}
