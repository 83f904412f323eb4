import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Client } from '../../../src/client/client.ts';
import { createClient } from '../../../src/client/connect.ts';
import { openSqliteRegistry } from '../../../src/registry/sqlite/open.ts';
import { type Scope, temporaryDirectory } from '../open-engine.ts';

const mainPath = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url));

/** A real daemon without a gateway. It is killed with the scope. */
async function start(scope: Scope, directory: string): Promise<{ client: Client; kill(): Promise<void> }> {
  const socket = join(directory, 'socket');
  const words = ['daemon', '--driver', 'none', '--state', join(directory, 'state'), '--socket', socket];
  const child: ChildProcess = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', mainPath, ...words], {
    stdio: 'ignore',
  });
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  };
  scope.after(kill);
  const client = createClient({ socket, author: 'tester' });
  for (let tries = 0; child.exitCode === null && tries < 200; tries++) {
    const up = await client.status().catch(() => undefined);
    if (up !== undefined) return { client, kill };
    await sleep(50);
  }
  throw new Error('the daemon does not answer');
}

test('a daemon killed in any phase leaves leases, rotation and journal that agree', async (t) => {
  const directory = temporaryDirectory(t);
  const guests = ['web1', 'web2', 'web3'];
  const first = await start(t, directory);
  await first.client.putObject('pool', 'default', { name: 'default', range: '02:1a:3f:00:00:00/24', quarantine: '1s' });
  await first.client.macs.lease({ items: guests.map((guest) => ({ guest })), owner: 'team-a' });
  await first.kill();
  const phases = new Set<string>();
  for (let round = 0; round < 6; round++) {
    const { client, kill } = await start(t, directory);
    const ended = new AbortController();
    const play = async (guest: string): Promise<void> => {
      while (!ended.signal.aborted) {
        const nics = [{ guest, nic: 0 }];
        await client.rotations.rotate({ nics, overlap: 600, grace: 1 }).catch(() => undefined);
        await client.rotations.moved(guest, 0).catch(() => undefined);
        if (Math.random() < 0.5) await client.rotations.back(guest, 0).catch(() => undefined);
      }
    };
    const players = guests.map(play);
    await sleep(100 + Math.random() * 300);
    await kill();
    ended.abort();
    await Promise.all(players);
    const registry = await openSqliteRegistry({ directory: join(directory, 'state'), now: Date.now });
    try {
      const rotations = await registry.rotations();
      for (const guest of guests) {
        const held = await registry.leases.heldBy([{ guest, nic: 0 }]);
        const phase = rotations.get(`${guest}/0`)?.phase ?? 'none';
        phases.add(phase);
        const expected = { none: ['active'], prepared: ['active', 'reserved'], moved: ['active', 'retiring'] };
        const states = held.map(({ state }) => state as string).sort();
        assert.deepEqual(states, (expected as Record<string, string[]>)[phase], `${guest} in phase ${phase}`);
      }
      const { faults } = await registry.audit.verify();
      assert.deepEqual(faults, [], 'the chain is whole');
    } finally {
      await registry.close();
    }
  }
  assert.ok(phases.size >= 2, `killed in the phases ${[...phases].join(', ')}`);
});
