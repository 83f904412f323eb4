import { z } from 'zod';
import type { LeaseView } from '../../reconciler/engine-contract.ts';
import type { App, ServicesOf } from '../app.ts';
import { addList } from '../lists/add-list.ts';
import { wholeList } from '../lists/list-source.ts';
import { numberOfIpv4, sorted, sortSchema } from '../lists/sorted.ts';
import { leaseSchema } from '../schemas.ts';

const text = (what: string) => z.string().min(1).max(64).describe(what).exactOptional();

const filters = {
  guest: text('Only of this guest'),
  owner: text('Only of guests of this owner'),
  segment: text('Only in this segment'),
  mac: text('Only with this MAC address, as it is shown'),
  address: text('Only with this IPv4 or IPv6 address'),
  port: text('Only plugged into this host-side device'),
  attached: z.stringbool().describe('Only NICs whose port is there, or whose port is not').exactOptional(),
  sort: sortSchema(['guest', 'owner', 'segment', 'mac', 'ipv4'], 'that of the site'),
};

const keys = {
  guest: ({ guest }: LeaseView) => guest,
  owner: ({ owner }: LeaseView) => owner,
  segment: ({ segment }: LeaseView) => segment,
  mac: ({ mac }: LeaseView) => mac,
  ipv4: ({ ipv4 }: LeaseView) => numberOfIpv4(ipv4),
};

export function addLeaseRoutes(app: App, services: ServicesOf): void {
  addList(app, {
    path: '/v1/leases',
    tags: ['leases'],
    operationId: 'listLeases',
    summary: 'Which NIC holds which MAC, IP addresses and port block',
    item: leaseSchema,
    filters,
    read: async ({ sort, mac, address, ...equal }, request) => {
      const all = sorted(await services(request).engine.leases(), sort, keys);
      const wanted = Object.entries(equal) as [keyof LeaseView, unknown][];
      const fits = (lease: LeaseView): boolean =>
        wanted.every(([key, value]) => lease[key] === value) &&
        (mac === undefined || lease.mac === mac.toLowerCase()) &&
        (address === undefined || lease.ipv4 === address || lease.ipv6 === address.toLowerCase());
      const some = wanted.length > 0 || mac !== undefined || address !== undefined;
      return wholeList(some ? all.filter(fits) : all, ({ guest, nic }) => `${guest}/${nic}`);
    },
  });
}
