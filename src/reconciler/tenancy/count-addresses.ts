import type { LeaseState } from '../../registry/leases/leases.ts';
import type { Macs } from '../macs/contract.ts';

/** MAC addresses of an owner besides those that NICs of the site hold. */
export interface ExtraAddresses {
  /** Held by request. */
  readonly requested: number;
  /** In quarantine: nobody else can have them until they have rested. */
  readonly resting: number;
}

const states: readonly LeaseState[] = ['reserved', 'active', 'retiring', 'quarantined'];
const pageSize = 10_000;

/** Counts MAC addresses of an owner. */
export async function countAddresses(macs: Pick<Macs, 'list'>, owner: string): Promise<ExtraAddresses> {
  let [requested, resting] = [0, 0];
  let from: number | undefined;
  do {
    const page = await macs.list({ owner, states }, { limit: pageSize, ...(from === undefined ? {} : { from }) });
    for (const { state, source } of page.leases) {
      if (state === 'quarantined') resting++;
      else if (source === 'request') requested++;
    }
    from = page.next;
  } while (from !== undefined);
  return { requested, resting };
}

/** What they count as NICs: who leases and releases without end would use up the pools by what rests. */
export const nicsOfAddresses = ({ requested, resting }: ExtraAddresses): number => requested + Math.floor(resting / 4);
