import { quoteValue } from '../quote-value.ts';
import type { Report } from './report.ts';
import type { SiteIndex } from './site-index.ts';

function checkUnique(list: string, kind: string, objects: readonly { readonly name: string }[], report: Report): void {
  const seen = new Set<string>();
  for (let i = 0; i < objects.length; i++) {
    const name = objects[i]?.name as string;
    if (seen.has(name)) {
      const quoted = quoteValue(name);
      report.error(`${list}[${i}].name`, `there are two ${kind} named ${quoted}`, quoted, 'a name of its own');
    }
    seen.add(name);
  }
}

/** Policies say `world` and `host` for what is no guest and no segment. */
function checkReserved(list: string, objects: readonly { readonly name: string }[], report: Report): void {
  objects.forEach(({ name }, i) => {
    if (name !== 'world' && name !== 'host') return;
    const message = `the name ${quoteValue(name)} has a meaning of its own in policies`;
    report.error(`${list}[${i}].name`, message, quoteValue(name), 'another name');
  });
}

function checkSegmentPools({ site, pools, unread, report }: SiteIndex): void {
  site.segments.forEach(({ pool }, i) => {
    if (pool === undefined || pools.has(pool) || unread.mayHold('pool', pool)) return;
    report.missing(`segments[${i}].pool`, 'pool', pool, pools.keys());
  });
}

function checkNics({ site, pools, segments, unread, report }: SiteIndex): void {
  site.guests.forEach((guest, g) => {
    const gaps = unread.gapsOf(guest);
    guest.nics.forEach(({ segment, pool, mac }, n) => {
      if (!segments.has(segment) && !unread.mayHold('segment', segment)) {
        report.missing(`guests[${g}].nics[${n}].segment`, 'segment', segment, segments.keys());
      }
      if (pool !== undefined && !pools.has(pool) && !unread.mayHold('pool', pool)) {
        report.missing(`guests[${g}].nics[${n}].pool`, 'pool', pool, pools.keys());
      }
      if (mac === undefined && pool === undefined && site.pools.length === 0 && !unread.holdsAny('pool')) {
        if (gaps?.has(`nics[${n}].mac`) || gaps?.has(`nics[${n}].pool`)) return;
        const expected = 'a pool, or a "mac" for every NIC';
        report.error(
          `guests[${g}].nics[${n}]`,
          'the NIC needs a MAC address, and the site has no pool',
          'no pool',
          expected,
        );
      }
    });
  });
}

function checkUplink({ site, unread, report }: SiteIndex): void {
  if (site.uplink || unread.mayHold('settings', 'uplink')) return;
  for (const list of ['segments', 'guests', 'forwards', 'policies'] as const) {
    if (site[list].length === 0) continue;
    const message = `a site with ${list} needs an uplink; only pools can be kept without one`;
    report.error(`${list}[0]`, message, 'no uplink', 'a key such as uplink: {interface: eth0, shared: [203.0.113.10]}');
  }
}

/** Names are unique within their kind, and what is named is there. */
export function checkNames(index: SiteIndex): void {
  const { site, report } = index;
  checkUnique('pools', 'pools', site.pools, report);
  checkUnique('segments', 'segments', site.segments, report);
  checkUnique('guests', 'guests', site.guests, report);
  checkUnique('policies', 'policies', site.policies, report);
  checkReserved('segments', site.segments, report);
  checkReserved('guests', site.guests, report);
  checkUplink(index);
  checkSegmentPools(index);
  checkNics(index);
}
