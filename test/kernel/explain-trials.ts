import type { Explanation, FlowProtocol } from '../../src/model/explanation.ts';
import { runCommand } from '../../src/system/run-command.ts';
import { world } from './network.ts';
import type { Guests } from './start-guests.ts';

/** One flow to try: as it is asked of explain, and as it is sent. */
export interface Trial {
  /** Namespace that sends. */
  readonly sender: string;
  /** `--from` and `--to`. */
  readonly from: string;
  readonly to: string;
  readonly protocol: FlowProtocol;
  readonly source?: string;
  readonly sourcePort: number;
  readonly address: string;
  readonly port: number;
}

/** What became of it. */
export interface Outcome {
  readonly answered?: string;
  /** The sender as the receiver sees it. */
  readonly peer?: string;
  readonly peerPort?: number;
  readonly failure?: string;
}

/** Numbers that are the same for the same seed (mulberry32), so that a failure can be tried again. */
export function randomOf(seed: number): (max: number) => number {
  let state = seed >>> 0;
  return (max) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % max;
  };
}

const end = (address: string, port: number): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;

/** Draws flows between everybody, at ports that mean something to the site and at others. */
export function drawTrials(
  count: number,
  random: (max: number) => number,
  choices: { readonly addresses: readonly string[]; readonly ports: readonly number[]; readonly ownPort: number },
): Trial[] {
  const pick = <T>(values: readonly T[]): T => values[random(values.length)] as T;
  const senders = ['web1', 'db1', 'api1', 'sip1', 'host', 'world', 'world'];
  const trials: Trial[] = [];
  const seen = new Set<string>();
  while (trials.length < count) {
    const sender = pick(senders);
    const address = pick(choices.addresses);
    const six = address.includes(':');
    const protocol = pick(['tcp', 'tcp', 'udp', 'udp', 'icmp'] as const);
    const port = protocol === 'icmp' ? 0 : pick(choices.ports);
    const own = sender === 'sip1' && !six && random(3) === 0;
    const server = protocol === 'udp' && !own && !['host', 'world'].includes(sender) && random(20) === 0;
    const sourcePort = server
      ? six
        ? 547
        : 67
      : own
        ? choices.ownPort + (trials.length % 80)
        : 20_000 + trials.length;
    const source =
      sender === 'world' ? (six ? world.ipv6 : pick([world.ipv4, world.listed, world.unlisted])) : undefined;
    const key = [sender, source, address, port, protocol, own, server].join(' ');
    if (seen.has(key)) continue;
    seen.add(key);
    const who = source ?? sender;
    const from =
      protocol === 'icmp' || sender === 'host' ? who : source ? end(source, sourcePort) : `${sender}:${sourcePort}`;
    const to = protocol === 'icmp' ? address : end(address, port);
    trials.push({ sender, from, to, protocol, sourcePort, address, port, ...(source === undefined ? {} : { source }) });
  }
  return trials;
}

/** Sends it. One that should get there is waited for longer, one that should not is looked for in conntrack later. */
export async function send(guests: Guests, trial: Trial, expected: Explanation): Promise<Outcome> {
  const { sender, protocol, address, port, source, sourcePort } = trial;
  const patience = expected.verdict === 'delivered' ? 5_000 : 400;
  if (protocol === 'icmp') {
    const from = source === undefined ? [] : ['-I', source];
    const ping = ['busybox', 'ping', '-c', '1', '-W', patience > 1_000 ? '5' : '1', ...from, address];
    return runCommand(['ip', 'netns', 'exec', sender, ...ping]).then(
      () => ({ answered: 'somebody' }),
      () => ({ failure: 'timeout' }),
    );
  }
  const bind = { localPort: sourcePort, ...(source === undefined ? {} : { localAddress: source }) };
  const { greeting, failure } = await guests.connect(sender, address, port, { protocol, timeout: patience, ...bind });
  if (!greeting) return { failure: failure ?? 'nothing' };
  return { answered: greeting.name, peer: greeting.peer, peerPort: greeting.peerPort };
}

/** One direction of a session as conntrack lists it. */
interface Tuple {
  readonly source: string;
  readonly destination: string;
  readonly sourcePort: number;
  readonly destinationPort: number;
}

export interface Session {
  readonly protocol: string;
  readonly original: Tuple;
  readonly reply: Tuple;
}

const tuple = /src=(\S+) dst=(\S+) (?:sport=(\d+) dport=(\d+)|type=\d+ code=\d+ id=(\d+))/g;

/** All that conntrack holds. Addresses of IPv6 are canonical. */
export async function listSessions(): Promise<Session[]> {
  const sessions: Session[] = [];
  for (const family of ['ipv4', 'ipv6']) {
    const { stdout } = await runCommand(['conntrack', '-L', '-f', family]);
    for (const line of stdout.split('\n')) {
      const [original, reply] = [...line.matchAll(tuple)].map(
        ([, source = '', destination = '', sourcePort, destinationPort, id]): Tuple => ({
          source: new URL(`http://${source.includes(':') ? `[${source}]` : source}`).hostname.replace(/[[\]]/g, ''),
          destination: new URL(
            `http://${destination.includes(':') ? `[${destination}]` : destination}`,
          ).hostname.replace(/[[\]]/g, ''),
          sourcePort: Number(sourcePort ?? id),
          destinationPort: Number(destinationPort ?? id),
        }),
      );
      if (original && reply) sessions.push({ protocol: line.split(' ')[0] ?? '', original, reply });
    }
  }
  return sessions;
}
