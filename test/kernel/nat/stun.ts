import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Scope } from '../../reconciler/open-engine.ts';
import { world } from '../network.ts';

/** Runs coturn as a STUN server (RFC 5780) on two addresses of the world; it ends with the scope. */
export async function startStunServer(scope: Scope): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'bk-stun-'));
  const addresses = [world.listed, world.unlisted].flatMap((address) => ['-L', address]);
  const options = ['-n', '--stun-only', '--no-cli', '--no-tls', '--no-dtls', '--no-auth', '--log-file', 'stdout'];
  const files = ['--pidfile', join(directory, 'pid'), '--userdb', join(directory, 'db')];
  const server = spawn('ip', ['netns', 'exec', 'world', 'turnserver', ...options, ...addresses, ...files], {
    stdio: 'ignore',
  });
  scope.after(async () => {
    server.kill('SIGKILL');
    if (server.exitCode === null) await once(server, 'exit');
    rmSync(directory, { recursive: true, force: true });
  });
  for (let i = 0; i < 50; i++) {
    const listening = spawnSync('ip', ['netns', 'exec', 'world', 'ss', '-Huln', 'sport = :3479'], { encoding: 'utf8' });
    if (listening.stdout.includes(world.unlisted)) return;
    await sleep(100);
  }
  throw new Error('turnserver does not listen');
}

/** What turnutils_natdiscovery says of the way from a guest to the STUN server. */
export function discover(guest: string, ...options: readonly string[]): string {
  const { stdout, stderr } = spawnSync(
    'ip',
    ['netns', 'exec', guest, 'turnutils_natdiscovery', ...options, world.listed],
    { encoding: 'utf8', timeout: 60_000 },
  );
  return `${stdout}${stderr}`;
}
