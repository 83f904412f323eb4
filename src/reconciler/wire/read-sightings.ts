import { setImmediate as nextTurn } from 'node:timers/promises';
import { macToInteger } from '../../model/mac-address.ts';
import type { Sighting } from '../../model/sighting.ts';
import type { SeenInput } from '../../registry/seen/seen.ts';

/** Sightings that are read without a pause. */
const atOnce = 2_000;

/** What the driver saw, in the terms of the registry. `segments`: segment by bridge. */
export async function readSightings(
  sightings: readonly Sighting[],
  host: string,
  segments: ReadonlyMap<string, string>,
): Promise<SeenInput[]> {
  const inputs: SeenInput[] = [];
  for (const { mac, device, bridge, kind, ip, at } of sightings) {
    const segment = segments.get(bridge ?? device);
    inputs.push({
      mac: macToInteger(mac),
      host,
      device,
      kind,
      at,
      ...(segment === undefined ? {} : { segment }),
      ...(bridge === undefined ? {} : { bridge }),
      ...(ip === undefined ? {} : { ip }),
    });
    if (inputs.length % atOnce === 0) await nextTurn();
  }
  return inputs;
}
