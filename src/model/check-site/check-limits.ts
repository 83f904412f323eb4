import type { PortClaims } from '../port-claims.ts';
import { mostPortBlocks, type PortRange, portCount } from '../port-range.ts';
import type { PortHolder } from './check-ports.ts';
import type { SiteIndex } from './site-index.ts';

/** The host's own ip_local_port_range, as Linux has it; port blocks keep clear of it, and of privileged ports. */
const blockWindows = [
  [1024, 32_767],
  [61_000, 65_535],
] as const;

function blocksThatFit(free: readonly PortRange[], size: number): number {
  return free.reduce((sum, range) => sum + Math.floor(portCount(range) / size), 0);
}

/** Largest block of which `count` fit; 0 when not even blocks of one port do. */
function largestBlock(free: readonly PortRange[], count: number): number {
  let low = 0;
  let high = 65_536;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (blocksThatFit(free, middle) >= count) low = middle;
    else high = middle - 1;
  }
  return low;
}

function checkBlocksFit({ site, report }: SiteIndex, claims: PortClaims<PortHolder>): void {
  const count = site.guests.length;
  const { portBlock } = site.limits;
  if (count === 0) return;
  const free = blockWindows.flatMap(([first, last]) => claims.freeRanges(first, last));
  const fitting = blocksThatFit(free, portBlock);
  if (fitting >= count) return;
  const ports = free.reduce((sum, range) => sum + portCount(range), 0);
  const best = largestBlock(free, count);
  const advice =
    best === 0
      ? `even blocks of one port are too large`
      : `blocks of ${best} ports would fit; lower "sessionsPerGuest" to that, too`;
  report.error(
    'limits.portBlock',
    `${count} guests need a block of ${portBlock} source ports each, and there is room for ${fitting}: ${ports} ports are free (1024-65535 without 32768-60999, which the host uses itself, without forwards and same-address ports); ${advice}`,
    `${portBlock} ports for each of ${count} guests`,
    `at most ${best}`,
  );
}

function checkBlocksSuffice({ site, report }: SiteIndex): void {
  const { sessionsPerGuest, portBlock, portBlocks } = site.limits;
  if (portBlock * portBlocks >= sessionsPerGuest) return;
  const enough = Math.ceil(sessionsPerGuest / portBlock);
  const single = portBlocks === 1;
  report.error(
    // More blocks are no way out where these are as many as can be.
    enough > mostPortBlocks || single ? 'limits.portBlock' : 'limits.portBlocks',
    `${single ? `a port block of ${portBlock} ports is too small` : `${portBlocks} port blocks of ${portBlock} ports are too few`} for the limits: one guest may open ${sessionsPerGuest} sessions, and each may need a port`,
    single ? String(portBlock) : `${portBlocks} blocks of ${portBlock} ports`,
    single
      ? `at least sessionsPerGuest, ${sessionsPerGuest}`
      : `at least sessionsPerGuest, ${sessionsPerGuest} ports in all, in at most ${mostPortBlocks} blocks`,
  );
}

function checkGuestLimits({ site, report }: SiteIndex): void {
  const { sessions: all, portBlock, portBlocks } = site.limits;
  for (const [index, { name, limits }] of site.guests.entries()) {
    const own = limits?.sessions;
    if (own === undefined) continue;
    const most = Math.min(all, portBlock * portBlocks);
    if (own <= most) continue;
    const why = most === all ? `all guests together may have ${all}` : `its port blocks have ${most} ports`;
    report.error(
      `guests[${index}].limits.sessions`,
      `guest "${name}" may open ${own} sessions, but ${why}`,
      String(own),
      `at most ${most}`,
    );
  }
}

/** Limits agree with each other, and every guest finds its port block. */
export function checkLimits(index: SiteIndex, claims: PortClaims<PortHolder>): void {
  const { site, unread, report } = index;
  const known = (key: string): boolean =>
    !unread.mayHold('settings', 'limits') && !unread.mayHold('settings', `limits.${key}`);
  if (!known('sessionsPerGuest')) return;
  const { sessions, sessionsPerGuest } = site.limits;
  // As many blocks as can be are too few whatever else was meant.
  const tooFew = site.limits.portBlock * mostPortBlocks < sessionsPerGuest;
  if (known('portBlock') && (tooFew || known('portBlocks'))) checkBlocksSuffice(index);
  if (known('sessions') && sessionsPerGuest > sessions) {
    report.error(
      'limits.sessionsPerGuest',
      `one guest may open ${sessionsPerGuest} sessions, more than the ${sessions} of all guests together`,
      String(sessionsPerGuest),
      `at most sessions, ${sessions}`,
    );
  }
  if (known('sessions') && known('portBlock') && known('portBlocks')) checkGuestLimits(index);
  if (site.uplink && known('portBlock')) checkBlocksFit(index, claims);
}
