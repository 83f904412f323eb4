import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import fc from 'fast-check';
import type { Registry, StoredObject } from '../../../src/registry/registry.ts';
import { block, change, code, forward, holding, lease, noon, type RegistryStore } from './samples.ts';
import { testHolders } from './suite-holders.ts';
import { testLeases } from './suite-leases.ts';
import { testRequestedRotations } from './suite-requested-rotations.ts';
import { testRequests } from './suite-requests.ts';
import { testRotations } from './suite-rotations.ts';

export type { RegistryStore } from './samples.ts';

/** Every promise of registry.ts. `make` answers a new, empty store for each test. */
export function testRegistry(title: string, make: () => Promise<RegistryStore>): void {
  describe(title, () => {
    testLeases(make);
    testRequests(make);
    testRotations(make);
    testHolders(make);
    testRequestedRotations(make);

    let store: RegistryStore;
    let registry: Registry;

    beforeEach(async () => {
      store = await make();
      registry = await store.open();
    });

    afterEach(async () => {
      await registry.close();
      await store.remove();
    });

    const reopen = async (): Promise<void> => {
      await registry.close();
      registry = await store.open();
    };

    test('a new registry holds nothing', async () => {
      assert.equal(await registry.head(), undefined);
      assert.deepEqual(await registry.revisions(10), []);
      assert.deepEqual(await registry.objects(), []);
      assert.deepEqual(await registry.objects(0), []);
      assert.deepEqual(await registry.assignments(), holding([]));
      assert.deepEqual(await registry.leases.list({ limit: 10 }), { leases: [] });
      assert.deepEqual(await registry.journal(10), []);
    });

    test('commits are numbered revisions with author, comment, time and a count of what changed', async () => {
      const first = await registry.commit(change({ put: [forward('a', 1), forward('b', 2)] }));
      const parts = { author: 'bo', comment: 'more', at: noon + 5, remove: [{ kind: 'forward', name: 'a' }] as const };
      const second = await registry.commit(
        change({ ...parts, put: [forward('b', 3), forward('c', 4), forward('d', 4)] }),
      );
      assert.deepEqual(first, {
        number: 1,
        at: noon,
        author: 'ada',
        comment: 'try',
        summary: { added: 2, removed: 0, changed: 0 },
      });
      assert.deepEqual(second, {
        number: 2,
        at: noon + 5,
        author: 'bo',
        comment: 'more',
        summary: { added: 2, removed: 1, changed: 1 },
      });
      await reopen();
      assert.deepEqual(await registry.head(), second);
      assert.deepEqual(await registry.revisions(10), [second, first]);
      assert.deepEqual(await registry.revisions(1), [second]);
      assert.deepEqual(await registry.revision(1), first);
    });

    test('a revision that never was is not found', async () => {
      await registry.commit(change());
      for (const number of [0, 2, -1, 1.5]) await assert.rejects(registry.revision(number), code('not-found'));
      for (const number of [2, -1, 1.5, Number.NaN]) await assert.rejects(registry.objects(number), code('not-found'));
    });

    test('the objects of every revision can be read back', async () => {
      const states: StoredObject[][] = [[]];
      let current: StoredObject[] = [];
      for (let round = 1; round <= 12; round++) {
        const put = [forward(`f${round % 5}`, { round }), forward(`g${round}`, { round })];
        const remove = round % 3 === 0 ? [{ kind: 'forward' as const, name: `g${round - 1}` }] : [];
        await registry.commit(change({ put, remove }));
        const named = new Map(current.map((object) => [object.name, object]));
        for (const { name } of remove) named.delete(name);
        for (const object of put) named.set(object.name, object);
        current = [...named.values()];
        states.push(current);
      }
      for (const [number, objects] of states.entries()) assert.deepEqual(await registry.objects(number), objects);
      assert.deepEqual(await registry.objects(), states.at(-1));
      await reopen();
      for (const [number, objects] of states.entries()) assert.deepEqual(await registry.objects(number), objects);
    });

    test('a changed object keeps its place, and one that is removed and put goes to the end', async () => {
      const names = async (revision?: number): Promise<string[]> =>
        (await registry.objects(revision)).map(({ name }) => name);
      await registry.commit(change({ put: ['a', 'b', 'c', 'd'].map((name) => forward(name, 1)) }));
      await registry.commit(change({ put: [forward('b', 2)] }));
      const remove = ['b', 'a'].map((name) => ({ kind: 'forward' as const, name }));
      const { summary } = await registry.commit(change({ put: [forward('b', 2), forward('a', 1)], remove }));
      assert.deepEqual(summary, { added: 0, removed: 0, changed: 2 });
      for (let round = 0; round < 2; round++) {
        assert.deepEqual(await names(1), ['a', 'b', 'c', 'd']);
        assert.deepEqual(await names(2), ['a', 'b', 'c', 'd']);
        assert.deepEqual(await names(3), ['c', 'd', 'b', 'a']);
        assert.deepEqual(await names(), ['c', 'd', 'b', 'a']);
        await reopen();
      }
    });

    test('an object that stands as it was is not counted; another origin is a change', async () => {
      await registry.commit(change({ put: [forward('a', { x: [1] })] }));
      const same = await registry.commit(change({ put: [forward('a', { x: [1] })] }));
      assert.deepEqual(same.summary, { added: 0, removed: 0, changed: 0 });
      const other = await registry.commit(change({ put: [forward('a', { x: [1] }, 'api')] }));
      assert.deepEqual(other.summary, { added: 0, removed: 0, changed: 1 });
      assert.equal((await registry.objects())[0]?.origin, 'api');
      assert.equal((await registry.objects(2))[0]?.origin, 'file');
    });

    test('one name may stand once in every kind', async () => {
      const put: StoredObject[] = (['guest', 'segment', 'policy'] as const).map((kind) => ({
        kind,
        name: 'same',
        origin: 'file',
        body: kind,
      }));
      await registry.commit(change({ put }));
      assert.deepEqual(await registry.objects(), put);
      await assert.rejects(
        registry.commit(change({ put: [forward('a', 1), forward('a', 2)] })),
        code('conflict', /"a"/),
      );
    });

    test('removing what is not there is no mistake', async () => {
      const { summary } = await registry.commit(change({ remove: [{ kind: 'guest', name: 'nobody' }] }));
      assert.deepEqual(summary, { added: 0, removed: 0, changed: 0 });
    });

    test('every body and name that JSON can hold comes back as it was', async () => {
      let number = 0;
      const objects = fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue(), {
        noNullPrototype: true,
        maxKeys: 5,
      });
      await fc.assert(
        fc.asyncProperty(objects, async (bodies) => {
          const standing = await registry.objects();
          const put = Object.entries(bodies).map(([name, body]) => forward(name, JSON.parse(JSON.stringify(body))));
          await registry.commit(change({ put, remove: standing }));
          number++;
          const byName = (list: StoredObject[]): Map<string, unknown> =>
            new Map(list.map((object) => [object.name, object.body]));
          assert.deepEqual(byName(await registry.objects()), byName(put));
        }),
        { numRuns: 40 },
      );
      assert.equal((await registry.head())?.number, number);
    });

    test('a body that JSON cannot hold is refused and changes nothing', async () => {
      const put = [forward('a', 1), forward('b', undefined)];
      await assert.rejects(registry.commit(change({ put })), code('value-invalid', /"b"/));
      assert.equal(await registry.head(), undefined);
      assert.deepEqual(await registry.objects(), []);
    });

    test('assignments are the very objects of the last commit, and the same values when opened again', async () => {
      const held = holding(
        [lease('a', 1, 1, { ipv6: 'fd00::1' as never }), lease('b', 2, 2)],
        [block('a', 1024, 7), block('b', 2000)],
      );
      await registry.commit(change({ assignments: held }));
      assert.equal(await registry.assignments(), held);
      await registry.commit(change({ assignments: held, put: [forward('a', 1)] }));
      assert.equal(await registry.assignments(), held);
      await reopen();
      assert.deepEqual(await registry.assignments(), held);
      assert.equal(await registry.assignments(), await registry.assignments());
    });

    test('the site key is made once', async () => {
      const key = await registry.siteKey();
      assert.match(key, /^[0-9a-f]{64}$/);
      await reopen();
      assert.equal(await registry.siteKey(), key);
      const other = await make();
      const stranger = await other.open();
      assert.notEqual(await stranger.siteKey(), key);
      await stranger.close();
      await other.remove();
    });
  });
}
