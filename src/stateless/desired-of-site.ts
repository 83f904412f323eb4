import { createHash } from 'node:crypto';
import { compile } from '../compile/compile.ts';
import type { DesiredState } from '../model/desired-state.ts';
import type { Site } from '../model/site.ts';
import { MemoryAddresses } from '../registry/leases/memory-addresses.ts';
import { proposeAssignments } from '../registry/propose.ts';

/** Linux's own default for net.ipv4.ip_local_port_range, so that the result does not depend on this host. */
const ephemeralPorts = { first: 32768, last: 60999 };

/** Integers from 0 to max - 1 that look random and are the same for the same seed. */
function repeatableRandom(seed: string): (max: number) => number {
  let count = 0;
  return (max) => {
    count += 1;
    // 48 bits: far more than any range that is drawn from.
    return createHash('sha256').update(`${seed} ${count}`).digest().readUIntBE(0, 6) % max;
  };
}

/**
 * What a site means on an empty host, without a registry: addresses that it would lease are made up, the same ones each
 * time. Null without an uplink.
 */
export async function desiredOfSite(site: Site): Promise<DesiredState | null> {
  const siteKey = `render of ${site.name}`;
  const { assignments } = await proposeAssignments(
    site,
    { nics: new Map(), guests: new Map() },
    {
      addresses: new MemoryAddresses([], { siteKey, random: repeatableRandom(site.name) }),
      now: 0,
      avoidPorts: [ephemeralPorts],
      siteKey,
    },
  );
  return compile(site, assignments);
}
