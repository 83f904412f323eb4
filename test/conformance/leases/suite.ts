import { afterEach, beforeEach, describe } from 'node:test';
import type { Leases } from '../../../src/registry/leases/leases.ts';
import type { LeaseStore } from './samples.ts';
import { testDraws } from './suite-draws.ts';
import { testNics } from './suite-nics.ts';
import { testOrders } from './suite-orders.ts';
import { testReleases } from './suite-releases.ts';
import { testViews } from './suite-views.ts';

/** What the tests of the suite use: a store that was opened for this test alone. */
export interface Bench {
  readonly leases: Leases;
  /** Closes the store and opens it again. */
  reopen(): Promise<void>;
}

/** Every promise of the interface Leases, for whatever implements it. */
export function testLeaseStore(name: string, make: () => Promise<LeaseStore>): void {
  describe(name, () => {
    let store: LeaseStore;
    let opened: Awaited<ReturnType<LeaseStore['open']>>;
    const bench: Bench = {
      get leases() {
        return opened.leases;
      },
      async reopen() {
        await opened.close();
        opened = await store.open();
      },
    };

    beforeEach(async () => {
      store = await make();
      opened = await store.open();
    });

    afterEach(async () => {
      await opened.close();
      await store.remove();
    });

    testOrders(bench);
    testDraws(bench);
    testReleases(bench);
    testNics(bench);
    testViews(bench);
  });
}
