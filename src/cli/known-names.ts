import type { Client } from '../client/client.ts';
import { AppError } from '../errors/app-error.ts';
import { nearestName } from '../model/nearest-name.ts';

/** A name that nobody has finds nothing, which must not look as if nothing were wrong. */
function assertKnown(kind: string, name: string, names: readonly string[]): void {
  if (names.includes(name)) return;
  const near = nearestName(name, names);
  const hint = near === undefined ? '' : `; did you mean "${near}"?`;
  throw new AppError('not-found', `there is no ${kind} ${JSON.stringify(name)}${hint}`);
}

/** Leases that are looked through for a name; a larger registry may have any. */
const mostLeases = 20_000;

/** @throws {AppError} not-found if neither site nor registry has a guest of this name */
export async function assertGuest({ leases, macs }: Pick<Client, 'leases' | 'macs'>, name: string): Promise<void> {
  const names = (await leases()).map(({ guest }): string => guest);
  if (names.includes(name)) return;
  let looked = 0;
  for await (const { guest } of macs.each()) {
    if (guest === name || ++looked > mostLeases) return;
    if (guest !== undefined) names.push(guest);
  }
  assertKnown('guest', name, names);
}

/** @throws {AppError} not-found if no rule has this name, or if it is switched off */
export async function assertRule({ alerts }: Pick<Client, 'alerts'>, name: string): Promise<void> {
  const rules = await alerts.rules();
  assertKnown(
    'rule',
    name,
    rules.map((rule) => rule.name),
  );
}
