import type { Command } from 'commander';
import { AppError } from '../../errors/app-error.ts';
import { type IpEndpoint, parseIpEndpoint, renderIpEndpoint } from '../../model/ip-endpoint.ts';
import { parseProtocol } from '../../model/protocols.ts';
import { argument, type ClientOptions, connect, withClient } from '../command-options.ts';
import { plain, print, printJson } from '../output.ts';

interface TraceOptions extends ClientOptions {
  at?: string;
  within?: string;
  protocol?: string;
  peer?: IpEndpoint;
  csv?: string;
  zone?: string;
}

function parseZone(text: string): string {
  if (/^(?:Z|UTC|GMT|[+-]\d{2}:?\d{2})$/i.test(text)) return /^[+-]/.test(text) ? text : 'Z';
  throw new AppError('value-invalid', `zone ${JSON.stringify(text)} is neither "Z" nor an offset such as "+01:00"`);
}

async function runTrace(target: IpEndpoint | undefined, options: TraceOptions): Promise<void> {
  const { at, within, protocol, peer, csv, zone, json } = options;
  const common = { ...(within === undefined ? {} : { within }), ...(json ? { json } : {}) };
  if (csv !== undefined) {
    if ((target ?? at ?? protocol ?? peer) !== undefined)
      throw new AppError(
        'value-invalid',
        'with --csv every line says what is asked for; only --zone, --within and --json go with it',
      );
    const { traceReports } = await import('../trace/trace-reports.ts');
    return traceReports(await connect(options), { csv, ...(zone === undefined ? {} : { zone }), ...common });
  }
  if (target === undefined || at === undefined)
    throw new AppError(
      'value-invalid',
      'an address and --at are needed, or --csv with a file of reports; expected `bridgekeeper trace 203.0.113.10:20089 --at 2026-11-03T14:32:00Z`',
    );
  if (zone !== undefined)
    throw new AppError('value-invalid', '--zone goes with --csv; write the zone behind the time of --at');
  const client = await connect(options);
  const answer = await client.trace.ask({
    ...target,
    at,
    ...(within === undefined ? {} : { within }),
    ...(protocol === undefined ? {} : { protocol }),
    ...(peer === undefined ? {} : { peer: renderIpEndpoint(peer) }),
  });
  if (json) return printJson(answer);
  const { renderTrace } = await import('../trace/render-trace.ts');
  print(...renderTrace(answer).map(plain));
}

export function define(program: Command): void {
  const protocolArgument = argument((text: string) => {
    parseProtocol(text);
    return text;
  });
  const command = program
    .command('trace')
    .description('who was behind an address and port at a time: guest, NIC, MAC address, owner, sessions')
    .argument(
      '[address:port]',
      'shared or inner address: 203.0.113.10:20089, [2001:db8::10]:20089',
      argument(parseIpEndpoint),
    )
    .option('--at <time>', 'when: 2026-11-03T14:32:00Z, "2026-11-03 15:32:00 +01:00", seconds since the epoch')
    .option('--within <duration>', 'how far the time may be off: 5s, 10m; at most 24h')
    .option('--protocol <name>', 'tcp, udp, icmp, …', protocolArgument)
    .option(
      '--peer <address[:port]>',
      'the other side; the port may be left out of the address then',
      argument(parseIpEndpoint),
    )
    .option(
      '--csv <file>',
      'a table of reports instead, "-" for stdin: columns ip, port, timestamp, protocol, …; answers as CSV',
    )
    .option('--zone <zone>', 'zone of times in the table that name none: Z, +01:00', argument(parseZone));
  withClient(command, 'bridgekeeper trace 203.0.113.10:20089 --at 2026-11-03T14:32:00Z --protocol tcp').action(
    runTrace,
  );
}
