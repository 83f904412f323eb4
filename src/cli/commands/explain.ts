import { type Command, Option } from 'commander';
import type { ExplainRequest, Explanation } from '../../client/explain.ts';
import { AppError } from '../../errors/app-error.ts';
import { type ClientOptions, connect, wholeNumber, withClient } from '../command-options.ts';
import { print, printJson } from '../output.ts';
import { renderExplanation, renderLive } from '../render-explanation.ts';
import { readSiteSource } from '../site-source.ts';

interface ExplainOptions extends ClientOptions {
  from: string;
  to: string;
  protocol?: 'tcp' | 'udp' | 'icmp';
  ipv6?: boolean;
  site?: string;
  live?: boolean;
  seconds?: number;
  packets?: number;
  raw?: boolean;
}

/** What a site file would mean, without a daemon: addresses that the registry leases are made up. */
async function explainSite(path: string, request: ExplainRequest): Promise<Explanation> {
  const [{ parseSite }, { desiredOfSite }, { explainFlow }] = await Promise.all([
    import('../../model/parse-site.ts'),
    import('../../stateless/desired-of-site.ts'),
    import('../../explain/explain-flow.ts'),
  ]);
  const source = await readSiteSource(path);
  const { site } = parseSite(source.text, { file: source.file });
  const desired = await desiredOfSite(site);
  if (desired) return explainFlow(desired, request);
  throw new AppError('unsupported', `site "${site.name}" has no uplink, so no packet takes any way through it`);
}

function refuseUnfit({ site, live, seconds, packets, raw }: ExplainOptions): void {
  if (site !== undefined && live) {
    throw new AppError('value-invalid', '--live looks into the kernel, where a site file is not; leave --site out');
  }
  if (!live && (seconds ?? packets ?? raw) !== undefined) {
    throw new AppError('value-invalid', '--seconds, --packets and --raw belong to --live; add it, or leave them out');
  }
}

async function runExplain(options: ExplainOptions): Promise<void> {
  const { from, to, protocol, ipv6, site, live, seconds, packets, json, raw = false } = options;
  refuseUnfit(options);
  const request: ExplainRequest = {
    from,
    to,
    ...(protocol === undefined ? {} : { protocol }),
    ...(ipv6 ? { family: 6 } : {}),
  };
  if (!live) {
    const explanation =
      site === undefined ? await (await connect(options)).explain.explain(request) : await explainSite(site, request);
    return json ? printJson(explanation) : print(...renderExplanation(explanation));
  }
  if (!json) process.stderr.write(`Following packets for up to ${seconds ?? 10} s: make the traffic now.\n`);
  const answer = await (await connect(options)).explain.live({
    ...request,
    ...(seconds === undefined ? {} : { seconds }),
    ...(packets === undefined ? {} : { packets }),
  });
  if (json) printJson(answer);
  else print(...renderLive(answer, raw));
}

export function define(program: Command): void {
  const command = program
    .command('explain')
    .description('the way that a packet takes: who lets it through, who translates it, where it ends and why')
    .requiredOption(
      '--from <end>',
      'guest, NIC (web1/1), address, "world" or "host"; a source port may follow: web1:5000',
    )
    .requiredOption('--to <end>', 'the same, with the port that it goes to: 198.51.100.7:443, [2001:db8::1]:443')
    .addOption(
      new Option('--protocol <name>', 'tcp when there is a port, otherwise icmp').choices(['tcp', 'udp', 'icmp']),
    )
    .option('--ipv6', 'between names that have addresses of both kinds')
    .option('--site <file>', 'by a site file that need not be applied, or - for stdin; needs no daemon')
    .option('--live', 'follow packets of this flow through the kernel and show what it did; you make the traffic')
    .option('--seconds <number>', 'with --live: how long to wait (default 10)', wholeNumber(1, 300))
    .option('--packets <number>', 'with --live: how many packets to show (default 10)', wholeNumber(1, 100))
    .option('--raw', 'with --live: the lines of `nft monitor trace` too');
  withClient(command, 'bridgekeeper explain --from web1 --to 198.51.100.7:443').action(runExplain);
}
