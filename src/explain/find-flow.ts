import { AppError } from '../errors/app-error.ts';
import type { DesiredNic, DesiredState } from '../model/desired-state.ts';
import type { FlowParty, FlowProtocol } from '../model/explanation.ts';
import { isIpv4 } from '../model/ip-address.ts';
import { nearestName } from '../model/nearest-name.ts';
import { quoteValue } from '../model/quote-value.ts';
import { nicId } from '../model/site.ts';
import { subnetHolds } from '../model/subnet.ts';
import { anyWorldAddress, refuseSpecial } from './addresses.ts';
import type { Flow } from './flow.ts';
import { type EndText, parseEnd } from './parse-end.ts';
import { publishedAs } from './published.ts';

/** A question as it was asked. */
export interface FlowQuestion {
  readonly from: string;
  readonly to: string;
  readonly protocol?: FlowProtocol;
  readonly family?: 4 | 6;
}

type Found = { readonly party: FlowParty; readonly nic?: DesiredNic };

const familyOf = (end: EndText): 4 | 6 | undefined =>
  end.kind !== 'address' ? undefined : isIpv4(end.address) ? 4 : 6;

function chooseFamily(question: FlowQuestion, from: EndText, to: EndText): 4 | 6 {
  const [a, b] = [familyOf(from), familyOf(to)];
  const named = a ?? b;
  if (a !== undefined && b !== undefined && a !== b) {
    throw new AppError(
      'value-invalid',
      `${quoteValue(question.from)} and ${quoteValue(question.to)} are of different families; expected two IPv4 or two IPv6 addresses`,
    );
  }
  if (named !== undefined && question.family !== undefined && named !== question.family) {
    throw new AppError('value-invalid', `the addresses are IPv${named}, and IPv${question.family} was asked for`);
  }
  return named ?? question.family ?? 4;
}

function chooseProtocol(question: FlowQuestion, from: EndText, to: EndText): FlowProtocol {
  const protocol = question.protocol ?? (to.port === undefined && from.port === undefined ? 'icmp' : 'tcp');
  if (protocol === 'icmp' && (from.port ?? to.port) !== undefined) {
    const seen = to.port === undefined ? question.from : question.to;
    throw new AppError(
      'value-invalid',
      `${quoteValue(seen)} names a port, and ICMP has none; leave it out, or ask for tcp or udp`,
    );
  }
  if (protocol !== 'icmp' && to.port === undefined) {
    throw new AppError(
      'value-invalid',
      `${quoteValue(question.to)} names no port, and ${protocol} needs one to go to, such as "${question.to}:443"; without --protocol it is a ping`,
    );
  }
  return protocol;
}

function guestNic(desired: DesiredState, guest: string, index: number): DesiredNic {
  const nic = desired.nics.get(nicId(guest, index));
  if (nic) return nic;
  const own = [...desired.nics.values()].filter((other) => other.guest === guest).map(({ id }) => `"${id}"`);
  if (own.length > 0) {
    throw new AppError('not-found', `guest "${guest}" has no NIC ${index} that is attached; it has ${own.join(', ')}`);
  }
  if (desired.blocks.has(guest)) {
    throw new AppError(
      'not-found',
      `NIC "${nicId(guest, index)}" has no port, so it sends and gets nothing; \`bridgekeeper attach\` gives it one`,
    );
  }
  const near = nearestName(guest, [...desired.blocks.keys(), 'world', 'host']);
  const hint = near === undefined ? '' : `; did you mean "${near}"?`;
  throw new AppError('not-found', `there is no guest ${quoteValue(guest)} in this site${hint}`);
}

function partyOfNic(desired: DesiredState, nic: DesiredNic, family: 4 | 6, port: number | undefined): Found {
  const address = family === 6 ? nic.ipv6 : nic.share === 'same-address' ? desired.uplink.ipv4 : nic.ipv4;
  if (address === undefined) {
    throw new AppError('not-found', `NIC "${nic.id}" has no IPv6 address: segment "${nic.segment}" has no subnet6`);
  }
  return { party: { kind: 'NIC', name: nic.id, address, ...(port === undefined ? {} : { port }) }, nic };
}

function sharedAddress(desired: DesiredState, family: 4 | 6): string {
  const address = family === 4 ? desired.uplink.ipv4 : desired.uplink.ipv6;
  if (address !== undefined) return address;
  throw new AppError('not-found', 'this site shares no IPv6 address, so the host has none that guests and world use');
}

/** Whose an address is: a NIC's, the host's (shared address, gateways), or the world's. */
function partyOfAddress(desired: DesiredState, end: EndText & { kind: 'address' }): Found {
  const { address, port } = end;
  const at = port === undefined ? { address } : { address, port };
  const { ipv4, ipv6 } = desired.uplink;
  const segments = [...desired.segments.values()];
  const gateways = segments.flatMap(({ gateway, gateway6 }) => [gateway, gateway6]) as string[];
  if (address === ipv4 || address === ipv6 || gateways.includes(address)) {
    return { party: { kind: 'host', name: 'host', ...at } };
  }
  for (const nic of desired.nics.values()) {
    if (nic.ipv4 === address && nic.share === 'same-address') {
      throw new AppError(
        'not-found',
        `address "${address}" only stands for NIC "${nic.id}" in the host's routes; the guest has ${ipv4} itself`,
      );
    }
    if (nic.ipv4 === address || nic.ipv6 === address) {
      return { party: { kind: 'NIC', name: nic.id, ...at }, nic };
    }
  }
  const inside = segments.find(
    ({ subnet, subnet6 }) => subnetHolds(subnet, address) || (subnet6 !== undefined && subnetHolds(subnet6, address)),
  );
  if (inside) {
    const detached = [...desired.blocks.values()].find(({ inner4, inner6 }) =>
      [...inner4, ...inner6].some((own) => own === address),
    );
    if (detached) {
      throw new AppError('not-found', `address "${address}" is of guest "${detached.guest}", whose NIC has no port`);
    }
    throw new AppError(
      'not-found',
      `address "${address}" is in segment "${inside.name}" and belongs to nobody there; \`bridgekeeper leases\` shows who has which`,
    );
  }
  return { party: { kind: 'world', name: 'world', ...at } };
}

function findParty(desired: DesiredState, end: EndText, family: 4 | 6): Found {
  const port = end.port === undefined ? {} : { port: end.port };
  switch (end.kind) {
    case 'guest':
      return partyOfNic(desired, guestNic(desired, end.guest, end.nic), family, end.port);
    case 'host':
      return { party: { kind: 'host', name: 'host', address: sharedAddress(desired, family), ...port } };
    case 'world':
      return {
        party: { kind: 'world', name: 'world', address: anyWorldAddress(desired, family), anyAddress: true, ...port },
      };
    default:
      return partyOfAddress(desired, end);
  }
}

/**
 * Reads the question and looks its ends up. Throws `value-invalid` for what cannot be asked, `not-found` for names and
 * addresses that are nobody's.
 */
export function findFlow(desired: DesiredState, question: FlowQuestion): Flow {
  const [fromText, toText] = [parseEnd(question.from), parseEnd(question.to)];
  const protocol = chooseProtocol(question, fromText, toText);
  const family = chooseFamily(question, fromText, toText);
  refuseSpecial(question.from, fromText, 'from');
  refuseSpecial(question.to, toText, 'to');
  const from = findParty(desired, fromText, family);
  const to = findParty(desired, toText, family);
  if (from.party.kind === 'world' && to.party.kind === 'world') {
    throw new AppError(
      'value-invalid',
      `neither ${quoteValue(question.from)} nor ${quoteValue(question.to)} is a guest or the host; what the world says to itself does not pass here`,
    );
  }
  const flow = { family, protocol, from: from.party, to: to.party, ...(from.nic ? { sender: from.nic } : {}) };
  // Who names the guest and its port wants to know how the world gets there.
  if (from.party.kind !== 'world' || toText.kind !== 'guest') return flow;
  const published = publishedAs(desired, flow);
  return published ? { ...flow, published } : flow;
}
