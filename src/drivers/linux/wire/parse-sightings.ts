import { isIpv4, parseIpv6 } from '../../../model/ip-address.ts';
import { isMulticast, type MacAddress } from '../../../model/mac-address.ts';
import type { Sighting } from '../../driver.ts';
import { ofVerify } from '../verify/test-ports.ts';
import { eachLine } from './each-line.ts';

/** One interface of the host. */
export interface Link {
  readonly name: string;
  readonly index: number;
  /** Current address, and the one it was made with where that differs. Ethernet only. */
  readonly macs: readonly MacAddress[];
  readonly up: boolean;
  readonly carrier: boolean;
  /** Bridge or bond that it is plugged into. */
  readonly master?: string;
  /** Device that it stands on (VLAN, macvlan). */
  readonly lower?: string;
}

const macText = /^(?:[0-9a-f]{2}:){5}[0-9a-f]{2}$/;
const nobody = '00:00:00:00:00:00';

/** A unicast address of Ethernet; undefined for group addresses, none at all, and other kinds of hardware. */
function unicast(text: string | undefined): MacAddress | undefined {
  if (text === undefined || !macText.test(text) || text === nobody) return undefined;
  const mac = text as MacAddress;
  return isMulticast(mac) ? undefined : mac;
}

const after = (words: readonly string[], word: string): string | undefined => {
  const at = words.indexOf(word);
  return at < 0 ? undefined : words[at + 1];
};

/** Reads `ip -o link show`: `4: vnet0@if2: <UP> mtu 1500 … master br0 …\    link/ether fe:54:… brd …`. */
export async function parseLinkLines(text: string): Promise<Link[]> {
  const links: Link[] = [];
  await eachLine(text, (line) => {
    const words = line.split(/[\s\\]+/);
    const [index = '', shown = ''] = words;
    const [name = '', on] = shown.replace(/:$/, '').split('@');
    if (name === '' || ofVerify.test(name)) return;
    const macs = [unicast(after(words, 'link/ether')), unicast(after(words, 'permaddr'))];
    const master = after(words, 'master');
    const flags = new Set(words[2]?.slice(1, -1).split(','));
    links.push({
      name,
      index: Number.parseInt(index, 10),
      up: flags.has('UP'),
      carrier: flags.has('LOWER_UP'),
      macs: [...new Set(macs.flatMap((mac) => mac ?? []))],
      ...(master === undefined ? {} : { master }),
      // `if7` and NONE are the other end of a pair, in another namespace or nowhere.
      ...(on === undefined || /^(?:if\d+|NONE)$/.test(on) ? {} : { lower: on }),
    });
  });
  return links;
}

/** The host's own interfaces; a MAC that a bridge or bond shares with its ports is seen at each. */
export function interfaceSightings(links: readonly Link[], now: number): Sighting[] {
  return links.flatMap(({ name, macs, master }) =>
    macs.map(
      (mac): Sighting => ({
        mac,
        kind: 'interface',
        device: name,
        ...(master === undefined ? {} : { bridge: master }),
        at: now,
      }),
    ),
  );
}

/**
 * Reads `bridge -s fdb show`: what bridges have learned or were told, and what a tunnel device (VXLAN) has behind it.
 * Group addresses and the bridges' and ports' own addresses (`permanent` ones without a `dst`) are nobody's frames.
 * `used 12/30`: the entry was used 12 s and its source last seen 30 s ago.
 */
export async function parseFdbLines(text: string, now: number): Promise<Sighting[]> {
  const found: Sighting[] = [];
  await eachLine(text, (line) => {
    const words = line.split(/\s+/);
    const mac = unicast(words[0]);
    const device = after(words, 'dev');
    if (mac === undefined || device === undefined || ofVerify.test(device)) return;
    const behind = after(words, 'dst');
    if (behind === undefined && (words.includes('permanent') || words.includes('self'))) return;
    const bridge = after(words, 'master');
    const lasting = words.includes('static') || words.includes('permanent');
    const [, seconds] = after(words, 'used')?.split('/') ?? [];
    found.push({
      mac,
      kind: behind === undefined ? 'fdb' : 'trunk',
      device,
      ...(bridge === undefined ? {} : { bridge }),
      at: lasting || seconds === undefined ? now : now - Number(seconds) * 1000,
    });
  });
  return found;
}

/**
 * Reads `ip -s neighbour show`: `10.0.0.7 dev br0 lladdr 02:… used 2/2/2 probes 4 REACHABLE`; the second number is
 * how many seconds ago the neighbour was last confirmed, the third when the entry last changed. Entries without an address asked and heard nothing.
 */
export async function parseNeighbourLines(
  text: string,
  bridgeOf: (device: string) => string | undefined,
  now: number,
): Promise<Sighting[]> {
  const found: Sighting[] = [];
  await eachLine(text, (line) => {
    const words = line.split(/\s+/);
    const device = after(words, 'dev');
    const mac = unicast(after(words, 'lladdr'));
    const [ip = ''] = words;
    if (mac === undefined || device === undefined || words.includes('FAILED')) return;
    const [, confirmed = '0', updated = '0'] = /used \d+\/(\d+)\/(\d+)/.exec(line) ?? [];
    const bridge = bridgeOf(device);
    const lasting = words.includes('PERMANENT');
    const seconds = Math.min(Number(confirmed), Number(updated));
    found.push({
      mac,
      kind: 'neighbour',
      device,
      ...(bridge === undefined ? {} : { bridge }),
      ip: isIpv4(ip) ? ip : parseIpv6(ip),
      at: lasting ? now : now - seconds * 1000,
    });
  });
  return found;
}

/** Milliseconds in what nft prints of a time: `59m58s788ms`, `1h`. */
function milliseconds(text: string): number {
  const units: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 };
  let sum = 0;
  for (const [, count, unit = ''] of text.matchAll(/(\d+)(ms|d|h|m|s)/g)) sum += Number(count) * (units[unit] ?? 0);
  return sum;
}

/**
 * Reads a set of offenders as nft lists it, `{ "vnet0" . 02:… . ip counter packets 1 bytes 84 expires 59m58s788ms, … }`:
 * each port and MAC once. The last frame came as long ago as the element has lived of its hour.
 */
export async function parseOffenderListing(
  listing: string,
  bridgeOf: (device: string) => string | undefined,
  now: number,
): Promise<Sighting[]> {
  const latest = new Map<string, Sighting>();
  const life = milliseconds(/^\s*timeout (\S+)/m.exec(listing)?.[1] ?? '');
  // One element a line in long sets, all in one line never: nft breaks after two.
  await eachLine(listing, (line) => {
    for (const [, device = '', mac, left = ''] of line.matchAll(
      /"([^"]+)" \. ((?:[0-9a-f]{2}:){5}[0-9a-f]{2})(?:[^,]*? expires (\S+?))?(?=[,\s]|$)/g,
    )) {
      const seen = unicast(mac);
      if (seen === undefined || ofVerify.test(device)) continue;
      const at = left === '' || life === 0 ? now : Math.min(now, now - life + milliseconds(left));
      const key = `${seen} ${device}`;
      if ((latest.get(key)?.at ?? 0) >= at) continue;
      const bridge = bridgeOf(device);
      latest.set(key, {
        mac: seen,
        kind: 'offender',
        device,
        ...(bridge === undefined ? {} : { bridge }),
        at,
      });
    }
  });
  return [...latest.values()];
}
