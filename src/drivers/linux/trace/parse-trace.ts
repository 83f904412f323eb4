/** One line of `nft monitor trace`. */
export interface TraceEvent {
  /** The kernel's number of a packet; taken anew when a packet is translated, and used again for later packets. */
  readonly id: string;
  readonly family: string;
  readonly table: string;
  readonly chain: string;
  /** `packet`: what it looks like as it comes to a base chain. */
  readonly kind: 'packet' | 'rule' | 'policy' | 'verdict';
  /** The packet's fields, or the rule. */
  readonly text: string;
  /** `accept`, `goto limit_outbound`, …; empty for a packet. */
  readonly verdict: string;
  readonly raw: string;
}

const line = /^trace id (\w+) (\w+) (\S+) (\S+) (packet:|(?:unknown )?rule|policy|verdict) ?(.*)$/;

/** Undefined for a line that is none of a trace. */
export function parseTraceLine(text: string): TraceEvent | undefined {
  const raw = text.trimEnd();
  const [, id, family, table, chain, kind, rest = ''] = line.exec(raw) ?? [];
  if (id === undefined || family === undefined || table === undefined || chain === undefined) return undefined;
  const place = { id, family, table, chain, raw };
  if (kind === 'packet:') return { ...place, kind: 'packet', text: rest, verdict: '' };
  if (!kind?.endsWith('rule')) return { ...place, kind: kind as 'policy' | 'verdict', text: '', verdict: rest };
  const [, rule = rest, verdict = ''] = /^(.*) \(verdict ([^()]*)\)$/.exec(rest) ?? [];
  return { ...place, kind: 'rule', text: rule, verdict };
}

/** What the kernel shows of a packet. Ports are those of TCP and UDP. */
export interface TracedHeaders {
  readonly source: string;
  readonly destination: string;
  readonly protocol: string;
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  /** Interface that it came in by, and goes out by. */
  readonly in?: string;
  readonly out?: string;
  /** TCP flags, or type of ICMP message. */
  readonly detail?: string;
  /** The same for one packet in all hooks, whatever is translated; others may have it too. */
  readonly likeness: string;
}

const numbersOf: Readonly<Record<string, string>> = { '1': 'icmp', '6': 'tcp', '17': 'udp', '58': 'ipv6-icmp' };

const flagNames = ['fin', 'syn', 'rst', 'psh', 'ack', 'urg', 'ecn', 'cwr'];

/** nft 1.0.6 prints several flags as a number. */
function renderFlags(text: string): string {
  if (!text.startsWith('0x')) return text;
  const bits = Number(text);
  return flagNames.filter((_, i) => (bits & (1 << i)) !== 0).join(' ');
}

/** Reads the fields that nft prints of a packet, such as `iif "pa" … ip saddr 10.0.0.2 ip daddr 10.0.0.1 …`. */
export function parseTracedHeaders(text: string): TracedHeaders {
  const field = (pattern: RegExp): string | undefined => pattern.exec(text)?.[1];
  const number = (pattern: RegExp): number | undefined => {
    const found = field(pattern);
    return found === undefined ? undefined : Number(found);
  };
  const named = field(/(?:ip protocol|ip6 nexthdr) (\S+)/) ?? '';
  const protocol = numbersOf[named] ?? named;
  const sourcePort = number(/(?:tcp|udp) sport (\d+)/);
  const destinationPort = number(/(?:tcp|udp) dport (\d+)/);
  const flags = field(/tcp flags (?:== )?(\S+)/);
  const detail = flags === undefined ? field(/icmp(?:v6)? type (\S+)/) : renderFlags(flags);
  const incoming = field(/\biif "([^"]+)"/);
  const outgoing = field(/\boif "([^"]+)"/);
  return {
    source: field(/\bip6? saddr (\S+)/) ?? '',
    destination: field(/\bip6? daddr (\S+)/) ?? '',
    protocol,
    ...(sourcePort === undefined ? {} : { sourcePort }),
    ...(destinationPort === undefined ? {} : { destinationPort }),
    ...(incoming === undefined ? {} : { in: incoming }),
    ...(outgoing === undefined ? {} : { out: outgoing }),
    ...(detail === undefined ? {} : { detail }),
    likeness: [
      protocol,
      field(/\bip id (\d+)/) ?? field(/\bip6 flowlabel (\d+)/),
      field(/\bip6? length (\d+)/),
      detail,
    ].join(' '),
  };
}
