import type { FlowEntry, FlowHeaders, TraceRequest } from '../../../model/explanation.ts';
import { quoted } from '../nftables/fragment.ts';

/** Traces that may run at once; each has tables of its own. */
export const traceSlots = [1, 2, 3, 4] as const;
/** One of them. */
export type TraceSlot = (typeof traceSlots)[number];

/** Name of a slot's tables; the same in both families. */
export const traceTable = (slot: TraceSlot): string => `bridgekeeper_explain_${slot}`;

const families = ['bridge', 'inet'] as const;
const numbers = { tcp: [6, 6], udp: [17, 17], icmp: [1, 58] } as const;
const anywhere = { 4: '0.0.0.0-255.255.255.255', 6: '::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff' } as const;
/** Marked packets in a second, once the first have come: a busy flow must not keep the kernel busy telling of it. */
const rate = 10;

function element(headers: FlowHeaders, seconds: number): string {
  const { family, protocol, source, sourcePorts = [0, 65535], destination, destinationPorts = [0, 65535] } = headers;
  return [
    source ?? anywhere[family],
    destination ?? anywhere[family],
    numbers[protocol][family === 4 ? 0 : 1],
    sourcePorts.join('-'),
    // The kernel itself forgets the flow: nothing is marked any more after a daemon that was killed.
    `${destinationPorts.join('-')} timeout ${seconds}s`,
  ].join(' . ');
}

/** Where packets that come in so are first seen. The bridge hands up what is for the host, which then sees it again. */
const hooksOf = {
  bridge: (entry: FlowEntry) => (entry.kind === 'NIC' ? [['prerouting', `iifname ${quoted(entry.port)} `]] : []),
  inet: (entry: FlowEntry) => {
    if (entry.kind === 'host') return [['output', '']];
    return [['prerouting', `iifname ${quoted(entry.kind === 'NIC' ? entry.bridge : entry.device)} `]];
  },
} as const;

function tableOf(
  family: (typeof families)[number],
  slot: TraceSlot,
  { forth, back, seconds, packets }: TraceRequest,
): string {
  const type = forth.family === 4 ? 'ipv4_addr' : 'ipv6_addr';
  const ip = forth.family === 4 ? 'ip' : 'ip6';
  const key = `${ip} saddr . ${ip} daddr . meta l4proto . th sport . th dport`;
  const lines = [`table ${family} ${traceTable(slot)} {`];
  const rules = new Map<string, string[]>();
  for (const [way, headers] of [['forth', forth] as const, ...(back ? [['back', back] as const] : [])]) {
    lines.push(
      `\tset ${way} {`,
      `\t\ttype ${type} . ${type} . inet_proto . inet_service . inet_service`,
      '\t\tflags interval,timeout',
      `\t\telements = { ${element(headers, seconds)} }`,
      '\t}',
      // nft knows no rule that is younger than its monitor, but tells where each leads: there is nothing.
      `\tchain ${way} {`,
      '\t}',
    );
    for (const [hook = '', match = ''] of hooksOf[family](headers.entry)) {
      const mark = `${match}${key} @${way} limit rate ${rate}/second burst ${packets} packets meta nftrace set 1 jump ${way}`;
      rules.set(hook, [...(rules.get(hook) ?? []), mark]);
    }
  }
  for (const [hook, own] of rules) {
    // After fragments were put together (-400) and before all else (raw is -300).
    lines.push(`\tchain ${hook} {`, `\t\ttype filter hook ${hook} priority -350; policy accept;`);
    lines.push(...own.map((rule) => `\t\t${rule}`), '\t}');
  }
  lines.push('}', '');
  return lines.join('\n');
}

/** Tables that mark the packets of one flow, in both directions, for a time that the kernel sees to. */
export function renderTraceTables(slot: TraceSlot, request: TraceRequest): string {
  return `${renderTraceRemoval([slot])}${families.map((family) => tableOf(family, slot, request)).join('')}`;
}

/** Takes them away, whether they are there or not. */
export function renderTraceRemoval(slots: readonly TraceSlot[]): string {
  return slots
    .flatMap((slot) => families.map((family) => `${family} ${traceTable(slot)}`))
    .map((table) => `table ${table}\ndelete table ${table}\n`)
    .join('');
}
