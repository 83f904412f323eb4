import type { OwnerView, QuotaUse } from '../client/owners.ts';
import { renderTable } from './output.ts';
import { renderCsvRecord } from './render-leases.ts';

const keys = ['guests', 'nics', 'forwards', 'ports', 'sessions'] as const;

/** `3/10`; without a quota only what there is. */
const renderUse = ({ used, most }: QuotaUse): string => (most === undefined ? `${used}` : `${used}/${most}`);

/** A line for each owner; the quota of one that the site says nothing of is empty. */
export const ownersCsv = (owners: readonly OwnerView[]): string[] => [
  renderCsvRecord(['owner', ...keys.flatMap((key) => [key, `${key}Quota`]), 'segments', 'publishablePorts']),
  ...owners.map(({ name, quota, segments, ports = [] }) =>
    renderCsvRecord([
      name,
      ...keys.flatMap((key) => [quota[key].used, quota[key].most ?? '']),
      segments.join(' '),
      ports.join(' '),
    ]),
  ),
];

/** A table of who has how much of what. */
export function renderOwners(owners: readonly OwnerView[]): string[] {
  if (owners.length === 0) return ['There are no owners: no guest names one, and the site has no `owners`.'];
  const rows = owners.map(({ name, quota, segments, ports }) => [
    name,
    ...keys.map((key) => renderUse(quota[key])),
    segments.length === 0 ? '-' : segments.join(', '),
    quota.guests.most === undefined ? '-' : (ports?.join(', ') ?? 'any from 1024'),
  ]);
  return renderTable(['owner', ...keys.map((key) => `>${key}`), 'segments', 'may publish'], rows);
}
