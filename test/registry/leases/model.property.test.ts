import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { isAppError } from '../../../src/errors/app-error.ts';
import type { Lease, LeaseState, Leases } from '../../../src/registry/leases/leases.ts';
import type { Registry } from '../../../src/registry/registry.ts';
import { openSqliteRegistry } from '../../../src/registry/sqlite/open.ts';
import { ada, begin, mac, nic, noon, order, pool, strategies } from '../../conformance/leases/samples.ts';

const size = 12;
const minute = 60_000;

/** What the store must hold: who has which address, and until when the others rest. */
interface Model {
  now: number;
  readonly held: Map<string, { id: number; guest: string | undefined; state: LeaseState }>;
  readonly resting: Map<string, { freeAt: number; guest: string | undefined }>;
  readonly avoided: Set<number>;
  readonly requests: Map<string, { count: number; macs: string[] }>;
}

interface Real {
  registry: Registry;
  readonly open: () => Promise<Registry>;
}

type Step = fc.AsyncCommand<Model, Real>;

const leasesOf = (real: Real): Leases => real.registry.leases;
const toNumber = (text: string): number => Number.parseInt(text.replaceAll(':', ''), 16);

function isFree(model: Model, address: string): boolean {
  const rest = model.resting.get(address);
  return !model.held.has(address) && (rest === undefined || rest.freeAt <= model.now);
}

function freeAddresses(model: Model): string[] {
  return Array.from({ length: size }, (_, i) => mac(i)).filter(
    (address) => isFree(model, address) && !model.avoided.has(toNumber(address)),
  );
}

function hold(model: Model, leases: readonly Lease[]): void {
  for (const { mac: address, id, guest, state } of leases) {
    assert.ok(!model.held.has(address), `${address} was given twice`);
    model.resting.delete(address);
    model.held.set(address, { id, guest, state });
  }
}

async function refused(work: Promise<unknown>, ...codes: string[]): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(isAppError(error), String(error));
    assert.ok(codes.includes(error.code), `${error.code}: ${error.message}`);
    return true;
  });
}

const step = (text: string, run: (model: Model, real: Real) => Promise<void>): Step => ({
  check: () => true,
  run,
  toString: () => text,
});

/** The tests' pool, all its strategies sharing one range: what was leased by one bars the others. */
const from = (strategy: (typeof strategies)[number]) => pool({ strategy, last: begin + size - 1, text: 'small' });

const bulk = (count: number, strategy: (typeof strategies)[number], key: string | undefined): Step =>
  step(`lease ${count} ${strategy} ${key ?? ''}`, async (model, real) => {
    const wanted = order(count, {
      now: model.now,
      pool: from(strategy),
      ...(key === undefined ? {} : { requestKey: `${key} ${strategy}` }),
    });
    const known = key === undefined ? undefined : model.requests.get(`${key} ${strategy}`);
    if (known !== undefined) {
      if (known.count !== count) return refused(leasesOf(real).lease(wanted), 'conflict');
      const again = await leasesOf(real).lease(wanted);
      return assert.deepEqual(
        again.map((lease) => lease.mac),
        known.macs,
      );
    }
    const free = freeAddresses(model);
    if (count > free.length) return refused(leasesOf(real).lease(wanted), 'pool-exhausted');
    const leases = await leasesOf(real).lease(wanted);
    assert.equal(leases.length, count);
    for (const lease of leases) assert.ok(free.includes(lease.mac), `${lease.mac} was not free`);
    hold(model, leases);
    if (key !== undefined) model.requests.set(`${key} ${strategy}`, { count, macs: leases.map((lease) => lease.mac) });
  });

const forNic = (guest: string, strategy: (typeof strategies)[number], state: 'active' | 'reserved'): Step =>
  step(`${state} ${guest} ${strategy}`, async (model, real) => {
    const standing = [...model.held].find(([, entry]) => entry.guest === guest);
    const wanted = order([nic(guest)], { now: model.now, pool: from(strategy), state });
    const comesBack = [...model.resting].some(([address, rest]) => rest.guest === guest && !model.held.has(address));
    if (standing === undefined && freeAddresses(model).length === 0) {
      if (comesBack) return;
      return refused(leasesOf(real).lease(wanted), 'pool-exhausted');
    }
    const [lease] = await leasesOf(real).lease(wanted);
    assert.ok(lease);
    if (standing === undefined) return hold(model, [lease]);
    assert.equal(lease.mac, standing[0]);
    assert.equal(lease.id, standing[1].id);
    standing[1].state = lease.state;
  });

const named = (guest: string, offset: number): Step =>
  step(`name ${mac(offset)} for ${guest}`, async (model, real) => {
    const address = mac(offset);
    const wanted = order([nic(guest, { mac: address })], { now: model.now });
    const standing = [...model.held].find(([, entry]) => entry.guest === guest);
    if (standing !== undefined) {
      if (standing[0] !== address) return refused(leasesOf(real).lease(wanted), 'conflict');
      const [lease] = await leasesOf(real).lease(wanted);
      assert.equal(lease?.id, standing[1].id);
      // One that was reserved is in use from now on.
      standing[1].state = 'active';
      return;
    }
    const own = model.resting.get(address)?.guest === guest && !model.held.has(address);
    const holder = model.held.get(address);
    // What was leased for nobody in particular goes to the NIC that names it.
    const nobodys = holder?.guest === undefined && holder?.state === 'active';
    // What was seen is refused only where no lease says whose it is.
    const seen = model.avoided.has(toNumber(address)) && isFree(model, address);
    if (seen || !(isFree(model, address) || own || nobodys)) {
      return refused(leasesOf(real).lease(wanted), 'conflict');
    }
    if (nobodys) model.held.delete(address);
    hold(model, await leasesOf(real).lease(wanted));
  });

const release = (nth: number, minutes: number): Step =>
  step(`release #${nth} for ${minutes} min`, async (model, real) => {
    const [address, entry] = [...model.held][nth % Math.max(1, model.held.size)] ?? [];
    if (address === undefined || entry === undefined) return;
    await leasesOf(real).release({ ids: [entry.id], quarantine: () => minutes * 60, actor: ada, now: model.now });
    model.held.delete(address);
    model.resting.set(address, { freeAt: model.now + minutes * minute, guest: entry.guest });
  });

const steps = [
  fc
    .tuple(
      fc.integer({ min: 1, max: 6 }),
      fc.constantFrom(...strategies),
      fc.option(fc.constantFrom('k1', 'k2'), { nil: undefined }),
    )
    .map(([count, strategy, key]) => bulk(count, strategy, key)),
  fc
    .tuple(
      fc.constantFrom('a', 'b', 'c'),
      fc.constantFrom(...strategies),
      fc.constantFrom('active' as const, 'reserved' as const),
    )
    .map(([guest, strategy, state]) => forNic(guest, strategy, state)),
  fc
    .tuple(fc.constantFrom('a', 'b', 'd'), fc.integer({ min: 0, max: size - 1 }))
    .map(([guest, at]) => named(guest, at)),
  fc.tuple(fc.nat(20), fc.constantFrom(0, 1, 30)).map(([nth, minutes]) => release(nth, minutes)),
  fc.constantFrom(1, 20, 40).map((minutes) =>
    step(`${minutes} min later`, async (model) => {
      model.now += minutes * minute;
    }),
  ),
  fc.subarray([0, 3, 7]).map((offsets) =>
    step(`avoid ${offsets}`, async (model, real) => {
      model.avoided.clear();
      for (const offset of offsets) model.avoided.add(begin + offset);
      leasesOf(real).avoid(model.avoided);
    }),
  ),
  fc.constant(
    step('restart', async (model, real) => {
      await real.registry.close();
      real.registry = await real.open();
      leasesOf(real).avoid(model.avoided);
    }),
  ),
];

test('whatever is leased, released and waited for, the store holds what a simple model says', {
  timeout: 300_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.commands(steps, { maxCommands: 60 }), async (commands) => {
      const directory = await mkdtemp(join(tmpdir(), 'bk-model-'));
      const open = () => openSqliteRegistry({ directory, now: () => noon });
      const real: Real = { registry: await open(), open };
      const model: Model = {
        now: noon,
        held: new Map(),
        resting: new Map(),
        avoided: new Set(),
        requests: new Map(),
      };
      try {
        await fc.asyncModelRun(() => ({ model, real }), commands);
        const { leases } = await leasesOf(real).list({ states: ['reserved', 'active', 'retiring'], limit: 1000 });
        assert.deepEqual(
          leases.map((lease) => [lease.mac, lease.id, lease.state]).sort(),
          [...model.held].map(([address, { id, state }]) => [address, id, state]).sort(),
        );
      } finally {
        await real.registry.close();
        await rm(directory, { recursive: true });
      }
    }),
    { numRuns: 60 },
  );
});
