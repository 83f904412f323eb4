import type { DesiredState } from '../../../model/desired-state.ts';
import type { Drift, DriverSnapshot, VerifyCheck } from '../../driver.ts';
import type { NftablesPart } from '../nftables/nftables-part.ts';
import { checkElements } from './check-elements.ts';
import { tryGuard } from './try-guard.ts';

const check = (name: string, expected: string, seen: string): VerifyCheck => ({
  name,
  expected,
  seen,
  ok: expected === seen,
});

/**
 * Compares the host with what is declared, looks for every NIC and forward in the kernel, and tries the guard of every
 * segment with frames of its own.
 */
export async function verifyHost(
  desired: DesiredState | null,
  parts: {
    readonly nftables: NftablesPart;
    readonly observe: () => Promise<readonly Drift[]>;
    readonly snapshot: () => DriverSnapshot;
  },
): Promise<VerifyCheck[]> {
  const drift = await parts.observe();
  const { waiting, notices } = parts.snapshot();
  const checks = [
    check('host', 'as applied', drift.length === 0 ? 'as applied' : drift.map(({ text }) => text).join('; ')),
    ...notices.map((notice) => check('this host', 'nothing to tell', notice)),
  ];
  if (desired === null) return checks;
  const absent = new Set(waiting);
  for (const nic of desired.nics.values()) {
    const seen = absent.has(nic.port) ? `no device "${nic.port}"` : `plugged into ${nic.bridge}`;
    checks.push(check(`NIC ${nic.id}`, `plugged into ${nic.bridge}`, seen));
  }
  checks.push(...(await checkElements(desired, parts.nftables)));
  for (const segment of desired.segments.values()) {
    try {
      checks.push(...(await tryGuard(desired, segment, parts.nftables)));
    } catch (error) {
      // Rules that somebody took away cannot be tried.
      checks.push(check(`guard of segment ${segment.name}`, 'can be tried', (error as Error).message));
    }
  }
  return checks;
}
