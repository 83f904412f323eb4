import { renderEverything } from '../drivers/linux/render.ts';
import { readUplink } from '../drivers/linux/uplink.ts';
import { parseMacAddress } from '../model/mac-address.ts';
import type { Site } from '../model/site.ts';
import { desiredOfSite } from './desired-of-site.ts';

/** Of the block for documentation (RFC 9542): stands for the uplink's address where there is no such interface. */
const documentationMac = parseMacAddress('00:00:5e:00:53:01');

/**
 * Everything that applying the site to an empty host would write: file or command → text. Empty without an uplink.
 * Written for a kernel without NFT_BRIDGE_META and flowtables, whatever this one has.
 */
export async function renderSite(site: Site, stateDirectory: string): Promise<ReadonlyMap<string, string>> {
  const desired = await desiredOfSite(site);
  if (desired === null) return new Map();
  const features = {
    bridgeMeta: false,
    ctTimeout: true,
    socketMatch: true,
    frameSamples: true,
    flowtableDevices: [],
    uplinkMac: readUplink(desired.uplink.interface)?.mac ?? documentationMac,
  };
  return renderEverything(desired, features, stateDirectory);
}
