import { compile } from '../../../../src/compile/compile.ts';
import type { Assignments } from '../../../../src/model/assignments.ts';
import type { DesiredState } from '../../../../src/model/desired-state.ts';
import { parseMacAddress } from '../../../../src/model/mac-address.ts';
import { parseSite } from '../../../../src/model/parse-site.ts';
import { parsePortRange } from '../../../../src/model/port-range.ts';
import { nobody, propose } from '../../../registry/site-builder.ts';

/**
 * A site's text as the desired state that an empty registry (or one that holds `held`) makes of it; always the same.
 * `rotating` NICs may use another MAC address besides; `grown` guests have further port blocks.
 */
export async function desiredSite(
  text: string,
  held: Assignments = nobody,
  rotating: Readonly<Record<string, string>> = {},
  grown: Readonly<Record<string, readonly string[]>> = {},
): Promise<{ desired: DesiredState; assignments: Assignments }> {
  const { site } = parseSite(text);
  const proposed = (await propose(site, held)).assignments;
  const nics = new Map(proposed.nics);
  for (const [id, mac] of Object.entries(rotating)) {
    const nic = nics.get(id);
    if (!nic) throw new Error(`there is no NIC "${id}" that could rotate`);
    nics.set(id, { ...nic, also: { mac: parseMacAddress(mac), state: 'reserved' } });
  }
  const guests = new Map(proposed.guests);
  for (const [name, more] of Object.entries(grown)) {
    const guest = guests.get(name);
    if (!guest) throw new Error(`there is no guest "${name}" that could grow`);
    guests.set(name, { ...guest, more: more.map(parsePortRange) });
  }
  const same = Object.keys(rotating).length + Object.keys(grown).length === 0;
  const assignments = same ? proposed : { nics, guests };
  const desired = compile(site, assignments);
  if (desired === null) throw new Error('the site has no uplink');
  return { desired, assignments };
}
