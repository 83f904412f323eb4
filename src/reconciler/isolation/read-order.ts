import { AppError } from '../../errors/app-error.ts';
import { nearestName } from '../../model/nearest-name.ts';
import { quoteValue } from '../../model/quote-value.ts';
import { type Guest, nicId, type Site } from '../../model/site.ts';

/** NICs, plugged in or not, that a choice means: one, or all of a guest's. Throws `not-found`. */
export function nicsOf(
  site: Site | undefined,
  { guest, nic }: { readonly guest: string; readonly nic?: number },
): { readonly guest: Guest; readonly ids: readonly string[] } {
  const found = site?.guests.find(({ name }) => name === guest);
  if (!found) {
    const near = nearestName(guest, site?.guests.map(({ name }) => name) ?? []);
    const hint = near === undefined ? '' : `; did you mean ${quoteValue(near)}?`;
    throw new AppError('not-found', `there is no guest ${quoteValue(guest)}${hint}`);
  }
  if (nic === undefined) return { guest: found, ids: found.nics.map((_, index) => nicId(guest, index)) };
  if (!found.nics[nic]) {
    const count = found.nics.length;
    throw new AppError(
      'not-found',
      `guest ${quoteValue(guest)} has no NIC ${nic}; expected an index from 0 to ${count - 1}`,
    );
  }
  return { guest: found, ids: [nicId(guest, nic)] };
}
