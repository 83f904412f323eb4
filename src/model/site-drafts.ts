import type { z } from 'zod';
import { draftAlerts } from './alert-drafts.ts';
import type { AlertSettings } from './alert-rule.ts';
import { defaultBridgeName } from './default-names.ts';
import type { Ipv4Address, Ipv6Address } from './ip-address.ts';
import { isIpv4 } from './ip-address.ts';
import type { MacAddress } from './mac-address.ts';
import type { Label } from './names.ts';
import type { Owner } from './owner.ts';
import type { PeerText } from './policy-text.ts';
import { mostPortBlocks, portCount, renderPortRange } from './port-range.ts';
import { quoteValue } from './quote-value.ts';
import type { Privacy, Retention } from './retention-schema.ts';
import type { Rotation } from './rotation.ts';
import { draftRotation } from './rotation-schema.ts';
import type { SessionLogSettings } from './session-log-schema.ts';
import type { Forward, Guest, GuestLimits, Limits, NatBehaviour, Nic, Policy, Pool, Segment, Uplink } from './site.ts';
import type {
  forwardSchema,
  guestLimitsSchema,
  guestSchema,
  policySchema,
  poolSchema,
  segmentSchema,
  settingsSchema,
} from './site-schema.ts';
import { draftWatch } from './watch-draft.ts';
import type { WatchSettings } from './watch-schema.ts';

/** Notes a mistake that only shows when the keys of one object are seen together. `path` is inside the object. */
export type Refuse = (path: string, message: string, seen: string, expected: string) => void;

/** What is said about the site as a whole. */
export interface Settings {
  readonly name: Label;
  readonly uplink?: Uplink;
  readonly limits: Limits;
  readonly rotation?: Rotation;
  readonly retention?: Retention;
  readonly privacy?: Privacy;
  readonly sessionLog?: SessionLogSettings;
  readonly watch?: WatchSettings;
  readonly alerts?: AlertSettings;
  readonly owners?: readonly Owner[];
}

/** A policy whose names are not looked up yet, because a guest and a segment are named alike in the file. */
export interface PolicyDraft extends Omit<Policy, 'name' | 'from' | 'to'> {
  readonly name?: Label;
  readonly position?: number;
  readonly from: PeerText | { readonly kind: 'mac'; readonly mac: MacAddress };
  readonly to: PeerText;
}

function draftUplink(input: z.output<typeof settingsSchema>['uplink'], refuse: Refuse): Uplink | undefined {
  if (!input) return undefined;
  const ipv4 = input.shared.filter(isIpv4);
  const ipv6 = input.shared.filter((address): address is Ipv6Address => !isIpv4(address));
  if (ipv4.length !== 1 || ipv6.length > 1) {
    const expected = 'one IPv4 address and at most one IPv6 address';
    const seen = `${ipv4.length} IPv4 and ${ipv6.length} IPv6 addresses`;
    refuse('uplink.shared', `the shared address is ${seen}; expected ${expected}`, seen, expected);
    return undefined;
  }
  const uplink = {
    interface: input.interface,
    ipv4: ipv4[0] as Ipv4Address,
    ...(input.bandwidth === undefined ? {} : { bandwidth: input.bandwidth }),
  };
  return ipv6[0] === undefined ? uplink : { ...uplink, ipv6: ipv6[0] };
}

/** As many blocks as a guest with that many sessions may need. */
function blocksFor(sessions: number, block: number): number {
  return Math.min(mostPortBlocks, Math.ceil(sessions / block));
}

function draftOwners(input: z.output<typeof settingsSchema>['owners'] & {}, refuse: Refuse): Owner[] {
  const seen = new Set<string>();
  return input.map(({ ports, ...owner }, i) => {
    if (seen.has(owner.name)) {
      const quoted = quoteValue(owner.name);
      refuse(`owners[${i}].name`, `there are two owners named ${quoted}`, quoted, 'a name of its own');
    }
    seen.add(owner.name);
    return { ...owner, ...(ports === undefined ? {} : { ports }) };
  });
}

export function draftSettings(input: z.output<typeof settingsSchema>, refuse: Refuse): Settings {
  const { portBlock, portBlocks, ...limits } = input.limits;
  const block = portBlock ?? Math.min(limits.sessionsPerGuest, 64_512);
  const uplink = draftUplink(input.uplink, refuse);
  return {
    name: input.site,
    ...(uplink ? { uplink } : {}),
    limits: { ...limits, portBlock: block, portBlocks: portBlocks ?? blocksFor(limits.sessionsPerGuest, block) },
    ...(input.rotation ? { rotation: draftRotation(input.rotation, refuse) } : {}),
    ...(input.retention ? { retention: input.retention } : {}),
    ...(input.privacy ? { privacy: { ...input.privacy, keep: input.privacy.keep ?? 0 } } : {}),
    ...(input.sessionLog ? { sessionLog: input.sessionLog } : {}),
    ...(input.owners ? { owners: draftOwners(input.owners, refuse) } : {}),
    ...(input.alerts ? { alerts: draftAlerts(input.alerts, refuse) } : {}),
    ...(input.watch ? { watch: draftWatch(input.watch, refuse) } : {}),
  };
}

export function draftPool(input: z.output<typeof poolSchema>): Pool {
  const { parent, owner, segment, host, 'acknowledge-vendor': acknowledged, warnings, ...rest } = input;
  return {
    ...rest,
    warnings: warnings.toSorted((a, b) => a - b),
    ...(parent === undefined ? {} : { parent }),
    ...(owner === undefined ? {} : { owner }),
    ...(segment === undefined ? {} : { segment }),
    ...(host === undefined ? {} : { host }),
    ...(acknowledged === undefined ? {} : { acknowledgeVendor: acknowledged }),
  };
}

export function draftSegment(input: z.output<typeof segmentSchema>): Segment {
  const { subnet6, dhcp, domain, pool, bridge, udp, ...rest } = input;
  return {
    ...rest,
    bridge: bridge ?? defaultBridgeName(input.name),
    ...(subnet6 ? { subnet6 } : {}),
    ...(dhcp ? { dhcp } : {}),
    ...(domain === undefined ? {} : { domain }),
    ...(udp === undefined ? {} : { udp }),
    ...(pool === undefined ? {} : { pool }),
  };
}

function draftNic(input: z.output<typeof guestSchema>['nics'][number]): Nic {
  return {
    segment: input.segment,
    ...(input.mac === undefined ? {} : { mac: input.mac }),
    ...(input.ip === undefined ? {} : { ip: input.ip }),
    ...(input.ip6 === undefined ? {} : { ip6: input.ip6 }),
    ...(input.port === undefined ? {} : { port: input.port }),
    ...(input.pool === undefined ? {} : { pool: input.pool }),
  };
}

function draftNat(input: z.output<typeof guestSchema>, refuse: Refuse): NatBehaviour | undefined {
  const { nat, share } = input;
  if (!nat) return undefined;
  if (share === 'same-address') {
    const seen = 'share: same-address';
    refuse('nat', 'a same-address guest is not translated by "nat"; leave it out', seen, 'share: nat');
  } else if (nat.mapping !== 'endpoint-independent' && nat.filtering === 'endpoint-independent') {
    const expected = 'mapping: endpoint-independent';
    refuse(
      'nat.filtering',
      `everybody may send to a mapped port only where sessions share one: filtering "endpoint-independent" needs mapping "endpoint-independent"; seen mapping "${nat.mapping}"`,
      `mapping: ${nat.mapping}`,
      expected,
    );
  }
  return nat;
}

function draftGuestLimits({ sessions, newSessions }: z.output<typeof guestLimitsSchema>): GuestLimits {
  return {
    ...(sessions === undefined ? {} : { sessions }),
    ...(newSessions === undefined ? {} : { newSessions }),
  };
}

export function draftGuest(input: z.output<typeof guestSchema>, refuse: Refuse): Guest {
  const nat = draftNat(input, refuse);
  return {
    name: input.name,
    ...(input.owner === undefined ? {} : { owner: input.owner }),
    ...(input.uuid === undefined ? {} : { uuid: input.uuid }),
    ...(input.kind === undefined ? {} : { kind: input.kind }),
    ...(input.limits === undefined ? {} : { limits: draftGuestLimits(input.limits) }),
    share: input.share,
    ports: input.ports,
    ...(nat ? { nat } : {}),
    nics: input.nics.map(draftNic),
  };
}

export function draftForward(input: z.output<typeof forwardSchema>, refuse: Refuse): Forward {
  const { ports, guest, nic } = input.to;
  const published = input.port;
  if (ports.first !== ports.last && portCount(ports) !== portCount(published)) {
    refuse(
      'to',
      `target ports ${renderPortRange(ports)} are ${portCount(ports)} ports; the published ports ${renderPortRange(published)} are ${portCount(published)}`,
      `${portCount(ports)} ports`,
      `${portCount(published)} ports, or the first target port alone`,
    );
  }
  return {
    protocol: input.protocol,
    ports: published,
    to: { guest: guest as Label, nic, first: ports.first },
    from: input.from,
    ...(input.rate ? { rate: input.rate } : {}),
    ...(input.check === 'off' ? { check: input.check } : {}),
  };
}

export function draftPolicy(input: z.output<typeof policySchema>, refuse: Refuse): PolicyDraft | undefined {
  const keys = (['from', 'to', 'macAddress', 'ipRange'] as const).filter((key) => input[key] !== undefined);
  const form = keys.join('+');
  const common = {
    action: input.action,
    ports: input.ports,
    ...(input.name === undefined ? {} : { name: input.name }),
    ...(input.position === undefined ? {} : { position: input.position }),
  };
  if (form === 'from+to' && input.from && input.to) {
    return { ...common, from: input.from, to: input.to, bothWays: false };
  }
  if (form === 'macAddress+ipRange' && input.macAddress && input.ipRange) {
    const from = { kind: 'mac', mac: input.macAddress } as const;
    return { ...common, from, to: { kind: 'subnet', subnet: input.ipRange }, bothWays: true };
  }
  const expected = '"from" and "to", or "macAddress" and "ipRange"';
  const seen = keys.length === 0 ? 'neither' : keys.map((key) => quoteValue(key)).join(', ');
  refuse('', `a policy says between whom: expected ${expected}; seen ${seen}`, seen, expected);
  return undefined;
}
