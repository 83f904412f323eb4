import { type Command, Option } from 'commander';
import { AppError } from '../../errors/app-error.ts';
import { type ClientOptions, socketPath, wholeNumber, withSocket } from '../command-options.ts';
import { print, printJson } from '../output.ts';

interface DaemonOptions extends ClientOptions {
  state: string;
  driver: 'linux' | 'none';
  logLevel: string;
  metrics?: string;
  metricsTokenFile?: string;
  metricsGuests: number;
  listen?: string[];
  tlsCertificate?: string;
  tlsKey?: string;
  tlsName?: string[];
  oidc?: string;
}

const mostGuests = 1000;

/** What an environment file leaves empty is not said. */
const said = (text: string | undefined): string | undefined => (text === '' ? undefined : text);

/** `A B`, or the option again and again. */
const several = (text: string, before: string[] = []): string[] => [...before, ...text.split(/[\s,]+/).filter(Boolean)];

function accessOf({ listen = [], tlsName = [], tlsCertificate, tlsKey }: DaemonOptions) {
  const [certificate, key] = [said(tlsCertificate), said(tlsKey)];
  if ((certificate === undefined) !== (key === undefined))
    throw new AppError('value-invalid', '--tls-certificate and --tls-key belong together; one of them is missing.');
  return {
    listen,
    names: tlsName,
    ...(certificate !== undefined && key !== undefined && { tls: { certificate, key } }),
  };
}

async function runDaemon(options: DaemonOptions): Promise<void> {
  const { startDaemon } = await import('../../daemon/daemon.ts');
  const socket = socketPath(options);
  const { state, driver, logLevel, metricsGuests } = options;
  const [address, tokenFile, oidc] = [said(options.metrics), said(options.metricsTokenFile), said(options.oidc)];
  const metrics = {
    mostGuests: metricsGuests,
    ...(address === undefined ? {} : { address }),
    ...(tokenFile === undefined ? {} : { tokenFile }),
  };
  await startDaemon({
    stateDirectory: state,
    socket,
    driver,
    logLevel,
    metrics,
    access: accessOf(options),
    ...(oidc === undefined ? {} : { oidc }),
  });
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
  const withTls = [
    new Option(
      '--listen <address:port>',
      'serve API and page there, too, over TLS 1.3 (0.0.0.0:8443); may be given several times',
    )
      .env('BRIDGEKEEPER_LISTEN')
      .argParser(several),
    new Option(
      '--tls-certificate <file>',
      "PEM certificate to show there, instead of one of the daemon's own authority",
    ).env('BRIDGEKEEPER_TLS_CERTIFICATE'),
    new Option('--tls-key <file>', 'its private key, PEM').env('BRIDGEKEEPER_TLS_KEY'),
    new Option(
      '--tls-name <name>',
      "another DNS name of this host, for the own authority's certificate; may be given several times",
    )
      .env('BRIDGEKEEPER_TLS_NAME')
      .argParser(several),
    new Option(
      '--oidc <file>',
      'people may log in on the page at the provider that this file describes (OpenID Connect)',
    ).env('BRIDGEKEEPER_OIDC'),
  ];
  for (const option of withTls) command.addOption(option);
  withSocket(command, 'sudo bridgekeeper daemon --state /var/lib/bridgekeeper').action(runDaemon);
}
