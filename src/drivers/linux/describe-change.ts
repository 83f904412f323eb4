import type { DesiredBlock, DesiredState, PolicyBox } from '../../model/desired-state.ts';
import { changedKeys } from '../../model/map-delta.ts';
import { renderPortRange } from '../../model/port-range.ts';
import { renderDuration, renderRate } from '../../model/quantity.ts';
import type { PlanLine } from '../driver.ts';
import { forwardTarget } from './forward-target.ts';

/** One kind of object of the desired state: how to find it, and how to name one in the user's words. */
interface Kind<Part> {
  readonly object: string;
  readonly parts: (desired: DesiredState) => ReadonlyMap<string, Part>;
  readonly text: (id: string, part: Part) => string;
  /** What of a change its user should know beforehand, as the end of a sentence. */
  readonly effect?: (before: Part, after: Part) => string;
}

const kind = <Part>(
  object: string,
  parts: (desired: DesiredState) => ReadonlyMap<string, Part>,
  text: (id: string, part: Part) => string,
  effect: (before: Part, after: Part) => string = () => '',
): Kind<Part> => ({ object, parts, text, effect });

/** Whether every port of the one is one of the other's. */
function keepsPorts(before: DesiredBlock, after: DesiredBlock): boolean {
  const kept = [after.ports, ...(after.more ?? []), ...(after.closing ?? [])];
  return [before.ports, ...(before.more ?? [])].every(({ first, last }) =>
    kept.some((range) => range.first <= first && last <= range.last),
  );
}

const policyMaps = new WeakMap<DesiredState['policies'], ReadonlyMap<string, PolicyBox[]>>();

const policiesOf = (desired: DesiredState): ReadonlyMap<string, PolicyBox[]> => {
  const known = policyMaps.get(desired.policies);
  if (known) return known;
  const found = new Map<string, PolicyBox[]>();
  for (const box of Object.values(desired.policies).flat(2)) {
    found.set(box.policy, [...(found.get(box.policy) ?? []), box]);
  }
  policyMaps.set(desired.policies, found);
  return found;
};

const kinds = [
  kind(
    'segment',
    (desired) => desired.segments,
    (name, { bridge, subnet, subnet6, dhcp, domain, storm }) =>
      `"${name}" on bridge ${bridge}, ${[subnet.text, subnet6?.text].filter(Boolean).join(' and ')}${dhcp ? `, DHCP leases of ${renderDuration(dhcp.lease)}` : ''}${domain ? `, names in ${domain}` : ''}, at most ${renderRate(storm)} broadcast frames a port`,
  ),
  kind(
    'NIC',
    (desired) => desired.nics,
    (id, nic) =>
      `"${id}" on segment "${nic.segment}": ${[nic.mac, nic.also].filter(Boolean).join(' or ')}, ${[nic.ipv4, nic.ipv6].filter(Boolean).join(', ')}, port ${nic.port}`,
  ),
  kind(
    'port block',
    (desired) => desired.blocks,
    (guest, { ports, more = [], mapping, filtering }) =>
      `of "${guest}": source ports ${[ports, ...more].map(renderPortRange).join(', ')}${mapping ? ', one for every session' : ''}${filtering ? ', open to everybody while in use' : ''}`,
    (before, after) => (keepsPorts(before, after) ? '' : '; open sessions on ports that it gives up end'),
  ),
  kind(
    'same-address guest',
    (desired) => desired.sameAddress,
    (guest, { ports }) =>
      `"${guest}" owns ports ${ports.map(({ first, last }) => (first === last ? first : `${first}-${last}`)).join(', ')}`,
  ),
  kind(
    'forward',
    (desired) => desired.forwards,
    (id, forward) => `"${id}" to ${forwardTarget(forward)}`,
  ),
  kind('policy', policiesOf, (name, boxes) => `"${name}": ${boxes[0]?.action}`),
] as readonly Kind<unknown>[];

const same = (a: unknown, b: unknown): boolean =>
  a === b || JSON.stringify(a, jsonSafe) === JSON.stringify(b, jsonSafe);
const jsonSafe = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? value.toString() : value);

/** What would become different, in the user's words. */
export function describeChange(before: DesiredState | null, after: DesiredState | null): PlanLine[] {
  const lines: PlanLine[] = [];
  for (const { object, parts, text, effect } of kinds) {
    const old = before ? parts(before) : new Map<string, unknown>();
    const fresh = after ? parts(after) : new Map<string, unknown>();
    for (const id of changedKeys(old, fresh)) {
      const before = old.get(id);
      const after = fresh.get(id);
      if (before === undefined) lines.push({ change: 'add', object, text: `${object} ${text(id, after)}` });
      else if (after === undefined) lines.push({ change: 'remove', object, text: `${object} ${text(id, before)}` });
      else if (!same(before, after)) {
        const note = effect?.(before, after) ?? '';
        lines.push({ change: 'change', object, text: `${object} ${text(id, after)}${note}` });
      }
    }
  }
  if (after && before && !same([before.uplink, before.limits], [after.uplink, after.limits])) {
    lines.push({ change: 'change', object: 'site', text: 'uplink or limits of the site' });
  }
  return lines;
}
