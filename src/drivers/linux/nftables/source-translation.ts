import type { DesiredBlock, DesiredSameAddress, DesiredState } from '../../../model/desired-state.ts';
import type { PortRange } from '../../../model/port-range.ts';
import { sameAddressGateway } from '../../../model/same-address.ts';
import type { Limits, Uplink } from '../../../model/site.ts';
import type { Features } from './features.ts';
import { type Chain, type Declaration, type Element, quoted } from './fragment.ts';

/** What of the source translation only some sites need. */
export interface TranslationFeatures {
  /** Slots that the flows of guests with several blocks are spread over, a power of two; 0 when no guest has several. */
  readonly blockSlots: number;
  /** Some guest gets a port of its own for every session. */
  readonly portPerSession: boolean;
}

export function translationFeaturesOf({ blocks, limits }: DesiredState): TranslationFeatures {
  const all = [...blocks.values()];
  return {
    blockSlots: all.some(({ ports: first, more }) => furtherRanges(first, more).length > 0) ? slotCount(limits) : 0,
    portPerSession: all.some(({ mapping }) => mapping !== undefined),
  };
}

/** The first range of a guest, with the further blocks that lie beside it, and then those that do not. */
function wideRanges(first: PortRange, more: readonly PortRange[] = []): [PortRange, ...PortRange[]] {
  const ranges: [PortRange, ...PortRange[]] = [first];
  for (const block of more) {
    let wide = block;
    for (let i = ranges.length - 1; i >= 0; i--) {
      const { first: low, last: high } = ranges[i] as PortRange;
      if (high + 1 !== wide.first && wide.last + 1 !== low) continue;
      wide = { first: Math.min(low, wide.first), last: Math.max(high, wide.last) };
      if (i > 0) ranges.splice(i, 1);
      else ranges[0] = wide;
    }
    if (ranges[0] !== wide) ranges.push(wide);
  }
  return ranges;
}

const furtherRanges = (first: PortRange, more: readonly PortRange[] | undefined): PortRange[] =>
  wideRanges(first, more).slice(1);

const slotCount = ({ portBlocks }: Limits): number => 2 ** Math.ceil(Math.log2(portBlocks));

/**
 * Which of `blocks` blocks a slot leads to, by linear hashing: one block more takes half of the slots of one other and
 * changes no others, so that inner ports keep the block that they are used to.
 */
function blockOfSlot(slot: number, blocks: number): number {
  const wide = 2 ** Math.ceil(Math.log2(blocks));
  return slot % wide < blocks ? slot % wide : slot % (wide / 2);
}

/** Slots that do not lead to the first block, with the blocks that they lead to. */
function furtherSlots(more: readonly PortRange[], limits: Limits): { slot: number; range: PortRange }[] {
  if (more.length === 0) return [];
  return Array.from({ length: slotCount(limits) }, (_, slot) => ({
    slot,
    range: more[blockOfSlot(slot, more.length + 1) - 1],
  })).filter((one): one is { slot: number; range: PortRange } => one.range !== undefined);
}

/**
 * One inner port is always of one slot, or its sessions would not appear as one port (RFC 4787 REQ-1). With a seed,
 * because the kernel draws one with every change of the rule otherwise.
 */
const slotOf = (slots: number): string => `jhash th sport mod ${slots} seed 0x1`;

const verdicts = (slots: readonly { slot: number; verdict: string }[]): string =>
  `vmap { ${slots.map(({ slot, verdict }) => `${slot} : ${verdict}`).join(', ')} }`;

const protocols = { 4: '{ tcp, udp, icmp }', 6: '{ tcp, udp, icmpv6 }' } as const;

const ports = ({ first, last }: PortRange): string => `${first}-${last}`;

/** Ports of guests by inner address. IPv6: see `blockChains6`. */
export function blockElements4(block: DesiredBlock, uplink: Uplink, limits: Limits): Element[] {
  const [first, ...rest] = wideRanges(block.ports, block.more);
  const further = furtherSlots(rest, limits);
  const at = (set: string, inner: string, range?: PortRange): Element => {
    const key = { family: 'inet' as const, set, key: inner };
    return range === undefined ? key : { ...key, value: `${uplink.ipv4} . ${ports(range)}` };
  };
  return block.inner4.flatMap((inner) => [
    at('block4', inner, first),
    ...further.map(({ slot, range }) => at(`block4_${slot}`, inner, range)),
    ...(block.mapping ? [at('port_per_session', inner)] : []),
  ]);
}

/** Ports of same-address guests by their mark. */
export function shareBlockElements(
  mark: number,
  { block, moreBlocks }: DesiredSameAddress,
  uplink: Uplink,
  limits: Limits,
): Element[] {
  const at = (set: string, range: PortRange): Element => ({
    family: 'inet',
    set,
    key: String(mark),
    value: `${uplink.ipv4} . ${ports(range)}`,
  });
  const [first, ...rest] = wideRanges(block, moreBlocks);
  return [
    at('share_block', first),
    ...furtherSlots(rest, limits).map(({ slot, range }) => at(`share_block_${slot}`, range)),
  ];
}

/** Chain that gives a guest its ports of the shared IPv6 address, and those of its further blocks. */
export function blockChains6(block: DesiredBlock, uplink: Uplink, limits: Limits): Chain[] {
  const [first, ...rest] = wideRanges(block.ports, block.more);
  const name = (range: PortRange): string => `block6_${range.first}`;
  const translate = (range: PortRange): string =>
    `meta l4proto ${protocols[6]} snat ip6 to [${uplink.ipv6}]:${ports(range)}${block.mapping ? ' fully-random' : ''}`;
  const further = furtherSlots(rest, limits);
  const slots = further.map(({ slot, range }) => ({ slot, verdict: `goto ${name(range)}` }));
  const choose = further.length > 0 ? [`${slotOf(slotCount(limits))} ${verdicts(slots)}`] : [];
  const chain = (range: PortRange, rules: string[]): Chain => ({ family: 'inet', name: name(range), rules });
  return [chain(first, [...choose, translate(first)]), ...rest.map((range) => chain(range, [translate(range)]))];
}

/** Rules that give a flow with an inner source a port of the map's; who is not in it goes on. */
function translate4(match: string, map: string, { portPerSession }: TranslationFeatures): string[] {
  const rule = `${match} snat ip to ip saddr map @${map}`;
  return portPerSession
    ? [`${match} ip saddr @port_per_session snat ip to ip saddr map @${map} fully-random`, rule]
    : [rule];
}

/** The rest of the slots are of guests' first blocks. */
const slotNumbers = (slots: number): number[] => Array.from({ length: Math.max(0, slots - 1) }, (_, i) => i + 1);

const chooseSlot = (match: string, chain: string, slots: number): string[] =>
  slots === 0
    ? []
    : [
        `${match} ${slotOf(slots)} ${verdicts(slotNumbers(slots).map((slot) => ({ slot, verdict: `jump ${chain}_${slot}` })))}`,
      ];

export function sourceTranslationChains(desired: DesiredState, features: Features): Chain[] {
  const { blockSlots } = features.translation;
  const uplink = `oifname ${quoted(desired.uplink.interface)}`;
  const any = `meta l4proto ${protocols[4]}`;
  // A guest that uses a published port from inside appears as the shared address (hairpin, RFC 4787 REQ-9).
  const hairpin = 'oifname @bridges ct status dnat meta l4proto { tcp, udp }';
  const toWorld = `${uplink} ${any}`;
  const shared = `${uplink} ip saddr @shared4`;
  const sameAddress = [
    `${shared} ct mark . meta l4proto . th sport @share_source accept`,
    ...chooseSlot(`${shared} ${any}`, 'share_slot', blockSlots),
    `${shared} ${any} snat ip to ct mark map @share_block`,
    // The guest cannot be spoken to from its own address, so the host speaks from the gateway's.
    `oifname @bridges ip saddr @shared4 ip daddr @shared4 snat ip to ${sameAddressGateway}`,
  ];
  const chain = (name: string, rules: string[], hook?: string): Chain => ({
    family: 'inet',
    name,
    rules,
    ...(hook ? { hook } : {}),
  });
  return [
    chain(
      'srcnat',
      [
        ...(features.sameAddress ? sameAddress : []),
        ...chooseSlot(toWorld, 'slot4', blockSlots),
        ...translate4(toWorld, 'block4', features.translation),
        `${uplink} ip saddr @inner4 snat ip to ${desired.uplink.ipv4}`,
        ...chooseSlot(hairpin, 'slot4', blockSlots),
        ...translate4(hairpin, 'block4', features.translation),
        ...(desired.uplink.ipv6
          ? [
              `${uplink} meta l4proto ${protocols[6]} ip6 saddr vmap @block6`,
              `${uplink} ip6 saddr @inner6 snat ip6 to ${desired.uplink.ipv6}`,
              'oifname @bridges ct status dnat meta l4proto { tcp, udp } ip6 saddr vmap @block6',
            ]
          : []),
      ],
      'type nat hook postrouting priority srcnat; policy accept;',
    ),
    ...slotNumbers(blockSlots).flatMap((slot) => [
      chain(`slot4_${slot}`, translate4(any, `block4_${slot}`, features.translation)),
      ...(features.sameAddress
        ? [chain(`share_slot_${slot}`, [`${any} snat ip to ct mark map @share_block_${slot}`])]
        : []),
    ]),
  ];
}

/** Besides `block4`, `block6` and `share_block`, which every site has. */
export function sourceTranslationDeclarations({ translation, sameAddress }: Features): Declaration[] {
  const declare = (kind: 'set' | 'map', name: string, body: string): Declaration => ({
    family: 'inet',
    kind,
    name,
    body,
  });
  const byAddress = 'type ipv4_addr : interval ipv4_addr . inet_service;';
  const byMark = 'type mark : interval ipv4_addr . inet_service;';
  return [
    ...slotNumbers(translation.blockSlots).flatMap((slot) => [
      declare('map', `block4_${slot}`, byAddress),
      ...(sameAddress ? [declare('map', `share_block_${slot}`, byMark)] : []),
    ]),
    ...(translation.portPerSession ? [declare('set', 'port_per_session', 'type ipv4_addr;')] : []),
  ];
}
