import { type Command, Option } from 'commander';
import { type ClientOptions, socketPath, wholeNumber, withClient } from '../command-options.ts';
import { print, printJson } from '../output.ts';

interface DaemonOptions extends ClientOptions {
  state: string;
  driver: 'linux' | 'none';
  logLevel: string;
  metrics?: string;
  metricsTokenFile?: string;
  metricsGuests: number;
}

const mostGuests = 1000;

/** What an environment file leaves empty is not said. */
const said = (text: string | undefined): string | undefined => (text === '' ? undefined : text);

async function runDaemon(options: DaemonOptions): Promise<void> {
  const { startDaemon } = await import('../../daemon/daemon.ts');
  const socket = socketPath(options);
  const { state, driver, logLevel, metricsGuests } = options;
  const [address, tokenFile] = [said(options.metrics), said(options.metricsTokenFile)];
  const metrics = {
    mostGuests: metricsGuests,
    ...(address === undefined ? {} : { address }),
    ...(tokenFile === undefined ? {} : { tokenFile }),
  };
  await startDaemon({ stateDirectory: state, socket, driver, logLevel, metrics });
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
    )
    .addOption(
      new Option(
        '--metrics <address:port>',
        'serve /metrics for Prometheus there, too (127.0.0.1:9715); it is on the socket anyway',
      ).env('BRIDGEKEEPER_METRICS'),
    )
    .addOption(
      new Option(
        '--metrics-token-file <file>',
        'who asks there must say the token in this file; needed for an address that others can reach',
      ).env('BRIDGEKEEPER_METRICS_TOKEN_FILE'),
    )
    .addOption(
      new Option(
        '--metrics-guests <number>',
        'guests with figures of their own, by name; those of the others are summed up, and 0 is none',
      )
        .env('BRIDGEKEEPER_METRICS_GUESTS')
        .default(mostGuests)
        .argParser((text) => (text === '' ? mostGuests : wholeNumber(0, 100_000)(text))),
    );
  withClient(command, 'sudo bridgekeeper daemon --state /var/lib/bridgekeeper').action(runDaemon);
}
