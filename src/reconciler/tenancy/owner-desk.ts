import { usageOf } from '../../model/owner.ts';
import { type OwnerQuota, type QuotaKey, quotaKeys } from '../../model/owners-schema.ts';
import { renderPortRange } from '../../model/port-range.ts';
import type { Site } from '../../model/site.ts';
import type { Macs } from '../macs/contract.ts';
import type { Owners, OwnerView, QuotaUse } from './contract.ts';
import { countAddresses, nicsOfAddresses } from './count-addresses.ts';

const nothing: OwnerQuota = { guests: 0, nics: 0, forwards: 0, ports: 0, sessions: 0 };

/** What an owner has and may have. */
export async function viewOwner(site: Site | undefined, name: string, macs: Pick<Macs, 'list'>): Promise<OwnerView> {
  const owner = site?.owners?.find((each) => each.name === name);
  const used = site ? usageOf(site, name) : nothing;
  const extra = nicsOfAddresses(await countAddresses(macs, name));
  const quotaUse = (key: QuotaKey): QuotaUse => ({
    used: used[key] + (key === 'nics' ? extra : 0),
    ...(owner === undefined ? {} : { most: owner.quota[key] }),
  });
  return {
    name,
    segments: owner?.segments ?? [],
    ...(owner?.ports === undefined ? {} : { ports: owner.ports.map(renderPortRange) }),
    quota: Object.fromEntries(quotaKeys.map((key) => [key, quotaUse(key)])) as OwnerView['quota'],
  };
}

/** Owners for those who may see all of them. */
export class OwnerDesk implements Owners {
  readonly #parts: { readonly site: () => Site | undefined; readonly macs: () => Pick<Macs, 'list'> };

  constructor(parts: { readonly site: () => Site | undefined; readonly macs: () => Pick<Macs, 'list'> }) {
    this.#parts = parts;
  }

  async list(): Promise<OwnerView[]> {
    const site = this.#parts.site();
    const named = (site?.owners ?? []).map(({ name }) => name);
    const held = (site?.guests ?? []).flatMap(({ owner }) => owner ?? []);
    const views: OwnerView[] = [];
    for (const name of [...new Set<string>([...named, ...held])].sort())
      views.push(await viewOwner(site, name, this.#parts.macs()));
    return views;
  }
}
