import { parseObject } from '../../model/parse-site.ts';
import { quoteValue } from '../../model/quote-value.ts';
import { type Forward, forwardId, type Guest, nicId } from '../../model/site.ts';
import type { LeaseView, ObjectOrder, SiteView } from '../engine-contract.ts';
import { closedToTenants, reading, tellTenant } from './blind-failures.ts';
import { checkForward } from './check-forward.ts';
import { checkGuest } from './check-guest.ts';
import type { OwnSite } from './own-site.ts';
import type { TenantPorts } from './tenant-ports.ts';

/** What a tenant ordered, looked at as far as its own things tell. */
export interface ReadOrders {
  /** The same with what is filled in for a tenant. */
  readonly orders: readonly ObjectOrder[];
  /** Its guests and forwards as they would be. */
  readonly guests: ReadonlyMap<string, Guest>;
  readonly forwards: ReadonlyMap<string, Forward>;
  /** Forwards that it does not have yet. */
  readonly fresh: readonly Forward[];
}

const unknown = (kind: string, name: string) => tellTenant('not-found', `there is no ${kind} ${quoteValue(name)}`);

/** Reads orders of a tenant one after the other. Throws what the tenant may read: `forbidden`, `not-found`, `site-invalid`. */
export function readOrders(
  given: readonly ObjectOrder[],
  owner: string,
  own: OwnSite,
  leases: readonly LeaseView[],
  view: Pick<SiteView, 'get'>,
  ports: TenantPorts,
): ReadOrders {
  const guests = new Map(own.guests);
  const forwards = new Map(own.forwards);
  const fresh: Forward[] = [];
  const made = new Set(given.flatMap((order) => madeGuest(order)));
  const read = (order: ObjectOrder): ObjectOrder => {
    if (order.op === 'attach') return readAttachment(order, own, made, ports);
    if (order.kind !== 'guest' && order.kind !== 'forward') throw closedToTenants(`Changing a ${order.kind}`);
    if (order.op === 'remove') {
      const held: Map<string, unknown> = order.kind === 'guest' ? guests : forwards;
      const isOwn = order.kind === 'guest' ? own.guests.has(order.name) : own.forwards.has(order.name);
      if (!isOwn) throw unknown(order.kind, order.name);
      refuseFileOwned(order.kind, order.name, view);
      held.delete(order.name);
      return order;
    }
    if (order.kind === 'guest') {
      const { value } = reading(() => parseObject('guest', order.body));
      checkGuest(value, owner, own, leases, ports);
      if (own.guests.has(value.name)) refuseFileOwned('guest', value.name, view);
      const before = own.guests.get(value.name)?.nics ?? [];
      const body = ports.fill(value.name, { ...(order.body as object), owner }, before);
      guests.set(value.name, reading(() => parseObject('guest', body)).value);
      return { ...order, body };
    }
    const { value } = reading(() => parseObject('forward', order.body));
    checkForward(value, owner, own, made);
    const id = forwardId(value);
    if (own.forwards.has(id)) refuseFileOwned('forward', id, view);
    else fresh.push(value);
    forwards.set(id, value);
    return order;
  };
  return { orders: given.map(read), guests, forwards, fresh };
}

/** It is the owner's, so whose file it stands in may be said. */
function refuseFileOwned(kind: 'guest' | 'forward', name: string, view: Pick<SiteView, 'get'>): void {
  if (view.get(kind, name)?.origin !== 'file') return;
  throw tellTenant(
    'conflict',
    `${kind} ${quoteValue(name)} stands in the site file, which only an administrator changes`,
  );
}

function madeGuest(order: ObjectOrder): string[] {
  if (order.op !== 'put' || order.kind !== 'guest') return [];
  const { name } = (order.body ?? {}) as { name?: unknown };
  return typeof name === 'string' ? [name] : [];
}

function readAttachment(
  order: ObjectOrder & { op: 'attach' },
  own: OwnSite,
  made: ReadonlySet<string>,
  devices: TenantPorts,
): ObjectOrder {
  const { guest, nic, port } = order;
  const id = nicId(guest, nic);
  if (!own.guests.get(guest)?.nics[nic] && !made.has(guest)) throw unknown('NIC', id);
  const ports = devices.allowed(guest, nic, own.guests.get(guest)?.nics[nic]);
  if (port === null || ports.includes(port)) return order;
  throw tellTenant(
    'forbidden',
    `NIC ${quoteValue(id)} cannot be plugged into ${quoteValue(port)}, a device of the host; expected ${quoteValue(ports[0])}`,
  );
}
