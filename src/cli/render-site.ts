import { createHash } from 'node:crypto';
import { compile } from '../compile/compile.ts';
import { renderEverything } from '../drivers/linux/render.ts';
import { readUplink } from '../drivers/linux/uplink.ts';
import { parseMacAddress } from '../model/mac-address.ts';
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

/** Of the block for documentation (RFC 9542): stands for the uplink's address where there is no such interface. */
const documentationMac = parseMacAddress('00:00:5e:00:53:01');

/**
 * Everything that applying the site to an empty host would write: file or command → text. Empty without an uplink.
 * Written for a kernel without NFT_BRIDGE_META and flowtables, whatever this one has.
 */
export async function renderSite(site: Site, stateDirectory: string): Promise<ReadonlyMap<string, string>> {
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
  const desired = compile(site, assignments);
  if (desired === null) return new Map();
  const features = {
    bridgeMeta: false,
    ctTimeout: true,
    flowtableDevices: [],
    uplinkMac: readUplink(desired.uplink.interface)?.mac ?? documentationMac,
  };
  return renderEverything(desired, features, stateDirectory);
}
