import { AppError } from '../../errors/app-error.ts';
import { macToInteger, parseMacAddress } from '../../model/mac-address.ts';
import { quoteValue } from '../../model/quote-value.ts';
import { nicId } from '../../model/site.ts';
import type { Lease, LeaseQuery, LeaseState, Leases } from '../../registry/leases/leases.ts';
import type { ReleaseRequest } from './contract.ts';
import { readLabel } from './read-item.ts';

const held: readonly LeaseState[] = ['reserved', 'active', 'retiring'];

/** Leases that one page of the registry holds at most. */
const pageSize = 10_000;

/** Leases that end in one transaction at most: memory holds all of them, as they were and as they are. */
const mostEnding = 100_000;

/** All leases of a query, page by page. */
export async function* eachLease(leases: Leases, query: Omit<LeaseQuery, 'limit' | 'from'>): AsyncGenerator<Lease[]> {
  let from: number | undefined;
  do {
    const page = await leases.list({ ...query, limit: pageSize, ...(from === undefined ? {} : { from }) });
    yield page.leases;
    from = page.next;
  } while (from !== undefined);
}

/** Which leases a release is about, and which of an owner it leaves alone. Throws `not-found` for what nobody holds. */
export async function chooseLeases(
  request: ReleaseRequest,
  leases: Leases,
): Promise<{ ending: Lease[]; kept: Lease[] }> {
  const { macs = [], nics = [], owner, requestKey, now = false } = request;
  if (macs.length === 0 && nics.length === 0 && owner === undefined && requestKey === undefined) {
    throw new AppError(
      'value-invalid',
      'Nothing is named that shall be released; expected MAC addresses, NICs, an owner or a request key',
    );
  }
  const ends = (lease: Lease): boolean => held.includes(lease.state) || (now && lease.state === 'quarantined');
  const chosen = new Map<number, Lease>();
  const kept: Lease[] = [];
  for (const text of macs)
    chooseOne(`MAC address "${text}"`, await leases.ofMac(macToInteger(parseMacAddress(text))), ends, chosen, now);
  for (const { guest, nic } of nics) {
    const id = nicId(readLabel('guest', guest), nic);
    const latest = await leases.latest([{ guest, nic }]);
    const lease = latest.get(id);
    chooseOne(`NIC "${id}"`, lease === undefined ? [] : [lease], ends, chosen);
  }
  const several = (found: readonly Lease[]): void => {
    for (const lease of found) {
      if (!ends(lease)) continue;
      if (lease.source === 'site' && lease.state !== 'quarantined') kept.push(lease);
      else chosen.set(lease.id, lease);
    }
    if (chosen.size + kept.length <= mostEnding) return;
    throw new AppError(
      'value-invalid',
      `${owner === undefined ? 'That' : `Owner "${owner}"`} has more than ${mostEnding} leases, and one release ends ${mostEnding} at most; expected a part of them: MAC addresses (\`bridgekeeper mac list\`), NICs or the key of one request`,
    );
  };
  if (requestKey !== undefined) {
    const made = await leases.ofRequest(requestKey);
    if (made.length === 0)
      throw new AppError('not-found', `Nothing was leased under the request key ${quoteValue(requestKey)}`);
    several(made);
  }
  if (owner !== undefined) {
    const states = now ? [...held, 'quarantined' as const] : held;
    for await (const page of eachLease(leases, { owner: readLabel('owner', owner), states })) several(page);
  }
  return { ending: [...chosen.values()], kept };
}

/** What is named by itself is there and can be released, or nothing happens at all. */
function chooseOne(
  title: string,
  candidates: readonly Lease[],
  ends: (lease: Lease) => boolean,
  chosen: Map<number, Lease>,
  all = false,
): void {
  const lease = candidates.find(ends);
  if (lease === undefined) {
    const resting = candidates.find(({ state }) => state === 'quarantined');
    if (resting?.freeAt !== undefined) {
      throw new AppError(
        'conflict',
        `${title} was released already and rests until ${new Date(resting.freeAt).toISOString()}; expected a lease that is held, or \`--now\` to free it at once`,
      );
    }
    throw new AppError(
      'not-found',
      `${title.startsWith('NIC') ? `${title} holds no MAC address` : `${title} is held by nobody`}; expected one that is leased`,
    );
  }
  // An address may rest in several leases; freed at once it rests in none.
  for (const each of all ? candidates.filter(ends) : [lease]) chosen.set(each.id, each);
}
