import type { DesiredSegment, DesiredState } from '../../../model/desired-state.ts';
import type { VerifyCheck } from '../../driver.ts';
import { forwardTarget } from '../forward-target.ts';
import { forwardFragment, nicFragment } from '../nftables/elements.ts';
import type { Element } from '../nftables/fragment.ts';
import type { NftablesPart } from '../nftables/nftables-part.ts';

/** Sets whose elements nft lists in the words in which they are written. */
const nicSets = ['ports', 'nic_mac', 'nic_ipv4', 'nic_ipv6'];
const forwardSets = ['forward4', 'forward6', 'forward_range4', 'forward_range6'];

const textOf = ({ set, key, value }: Element): string => `${set}: ${key}${value === undefined ? '' : ` : ${value}`}`;

/** Looks into the kernel: is every declared NIC guarded, and does every forward lead where it is declared to? */
export async function checkElements(desired: DesiredState, nftables: NftablesPart): Promise<VerifyCheck[]> {
  const held = new Set<string>();
  for (const [family, sets] of [
    ['bridge', nicSets],
    ['inet', forwardSets],
  ] as const) {
    for (const set of sets)
      for (const element of await nftables.listElements(family, set)) held.add(`${set}: ${element}`);
  }
  const missing = (elements: readonly Element[], sets: readonly string[]): string[] =>
    elements
      .filter(({ set }) => sets.includes(set))
      .map(textOf)
      .filter((text) => !held.has(text));
  const checks: VerifyCheck[] = [];
  for (const nic of desired.nics.values()) {
    const segment = desired.segments.get(nic.segment) as DesiredSegment;
    const lacking = missing(nicFragment(nic, segment, desired.limits).elements, nicSets);
    const expected = `only ${[nic.mac, nic.also].filter(Boolean).join(' or ')} with ${[...nic.sources4, ...nic.sources6].join(', ')}`;
    const seen = lacking.length === 0 ? expected : `the kernel lacks ${lacking.join('; ')}`;
    checks.push({ name: `guard of NIC ${nic.id}`, expected, seen, ok: lacking.length === 0 });
  }
  for (const forward of desired.forwards.values()) {
    const lacking = missing(forwardFragment(forward).elements, forwardSets);
    const expected = forwardTarget(forward);
    const seen = lacking.length === 0 ? expected : `the kernel lacks ${lacking.join('; ')}`;
    checks.push({ name: `forward ${forward.id}`, expected, seen, ok: lacking.length === 0 });
  }
  return checks;
}
