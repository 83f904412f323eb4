import { execFileSync } from 'node:child_process';
import { shell } from '../host/snapshot-host.ts';

/** One session as it is put into the kernel's table by the `conntrack` tool. Addresses and ports as on its command line. */
export interface MadeSession {
  readonly protocol?: 'tcp' | 'udp' | 'icmp' | 'icmpv6';
  readonly from: string;
  readonly to: string;
  readonly ports?: readonly [number, number];
  /** `address` or `address:port` that answers come from, and that they go to, when these are translated. */
  readonly answeredBy?: string;
  readonly seenAs?: string;
  readonly mark?: number;
  readonly zone?: number;
  /** UDP and ICMP: nobody has answered yet. */
  readonly unanswered?: boolean;
}

const conntrack = (...argv: string[]): string => execFileSync('conntrack', argv, { encoding: 'utf8', stdio: 'pipe' });

/** Puts a session into the table of this network namespace; the tool refuses what the kernel would not have. */
export function makeSession(session: MadeSession): void {
  const { protocol = 'tcp', from, to, ports = [40_000, 80], answeredBy, seenAs, mark, zone, unanswered } = session;
  const place = protocol.startsWith('icmp')
    ? [
        `--${protocol}-type`,
        protocol === 'icmp' ? '8' : '128',
        `--${protocol}-code`,
        '0',
        `--${protocol}-id`,
        String(ports[0]),
      ]
    : ['--sport', String(ports[0]), '--dport', String(ports[1])];
  conntrack(
    ...['-I', '-p', protocol, '-s', from, '-d', to, '-t', '3000'],
    ...place,
    ...(protocol === 'tcp' ? ['--state', 'ESTABLISHED', '-u', 'ASSURED,SEEN_REPLY'] : []),
    ...(protocol === 'tcp' || unanswered ? [] : ['-u', 'SEEN_REPLY']),
    ...(answeredBy ? ['--dst-nat', answeredBy] : []),
    ...(seenAs ? ['--src-nat', seenAs] : []),
    ...(mark === undefined ? [] : ['-m', String(mark)]),
    ...(zone === undefined ? [] : ['--orig-zone', String(zone)]),
  );
}

/** Puts so many sessions of UDP into the table: from ports 1000, 1001, … of 10.9.0.0, 10.9.0.1, …; at most 64,000. */
export function makeManySessions(count: number): void {
  shell(`
    for ((i = 0; i < ${count}; i++)); do
      echo "-I -p udp -s 10.9.$((i >> 8)).$((i & 255)) -d 198.51.100.7 --sport $((1000 + i)) --dport 53 -t 3000 -u SEEN_REPLY"
    done | conntrack -R - 2>/dev/null`);
}

/** The table as the tool lists it, a line each, both families. */
export function listSessions(...filter: string[]): string[] {
  return ['ipv4', 'ipv6'].flatMap((family) =>
    conntrack('-L', '-f', family, '-o', 'extended,id', ...filter)
      .split('\n')
      .filter((line) => line !== ''),
  );
}

/** Empties the table. */
export function endAllSessions(): void {
  conntrack('-F');
}
