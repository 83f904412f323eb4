import { writeFile } from 'node:fs/promises';
import type { MacAddress } from '../../../model/mac-address.ts';
import { observeDnsmasq } from './observe-dnsmasq.ts';
import { startService, stopService } from './run-service.ts';
import type { ObservedService } from './service.ts';

/** Lines of a file of leases without those that name one of the addresses, also within a DUID (RFC 8415, section 11). */
function withoutLeases(leases: string, macs: readonly MacAddress[]): string {
  return leases
    .split('\n')
    .filter((line) => !macs.some((mac) => line.toLowerCase().includes(mac)))
    .join('\n');
}

/** dnsmasq holds its leases in memory and writes all of them at every change, so it must not run meanwhile. */
async function forgetIn(
  { files, bridge, pid, leases = '' }: ObservedService,
  macs: readonly MacAddress[],
): Promise<void> {
  const kept = withoutLeases(leases, macs);
  if (kept === leases) return;
  if (pid !== undefined) await stopService(files);
  await writeFile(files.leases, kept);
  if (pid === undefined) return;
  await startService(files, bridge);
}

/**
 * Makes the services below `directory` forget leases of these addresses. One that had such a lease is started anew,
 * which takes some hundredths of a second. Rejects with `command-failed` when it does not come up again.
 */
export async function forgetLeases(directory: string, macs: readonly MacAddress[]): Promise<void> {
  for (const service of (await observeDnsmasq(directory, new Map())).values()) await forgetIn(service, macs);
}
