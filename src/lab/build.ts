import { mkdir, writeFile } from 'node:fs/promises';
import { defaultPortName } from '../model/default-names.ts';
import { runCommand } from '../system/run-command.ts';
import { labFiles, labGuests, namespaces, prefix, shared, world } from './scenario.ts';

/** What busybox udhcpc runs at each turn: it takes address and routes as they were offered (RFC 2131, RFC 3442). */
const dhcpScript = `#!/bin/sh
case "$1" in
bound|renew)
  ip -4 addr flush dev "$interface" scope global
  ip addr add "$ip/$mask" dev "$interface"
  for r in $router; do ip route replace default via "$r" dev "$interface"; done
  echo "$ip/$mask router=$router dns=$dns domain=$domain lease=$lease serverid=$serverid mtu=$mtu"
  ;;
esac
`;

/**
 * Commands that make what a data centre and a hypervisor would make: the world, a host with its uplink, and guests
 * plugged into ports of the host. Bridges, inner addresses and rules are left to Bridgekeeper.
 */
export function planLab(guests: readonly { readonly name: string }[] = labGuests): string[][] {
  const commands = namespaces
    .filter((name) => name === 'world' || name === 'host' || guests.some((guest) => guest.name === name))
    .flatMap((name) => [
      ['ip', 'netns', 'add', name],
      ['ip', '-n', name, 'link', 'set', 'lo', 'up'],
    ]);
  commands.push(
    ['ip', '-n', 'host', 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', 'world'],
    ['ip', '-n', 'world', 'link', 'set', 'eth0', 'up'],
    ['ip', '-n', 'host', 'link', 'set', 'eth0', 'up'],
    ...[`${world.ipv4}/${prefix.ipv4}`, `${world.listed}/32`, `${world.unlisted}/32`].map((address) => [
      ...['ip', '-n', 'world', 'address', 'add', address, 'dev', 'eth0'],
    ]),
    ['ip', '-n', 'world', 'address', 'add', `${world.ipv6}/${prefix.ipv6}`, 'dev', 'eth0', 'nodad'],
    ['ip', '-n', 'host', 'address', 'add', `${shared.ipv4}/${prefix.ipv4}`, 'dev', 'eth0'],
    ['ip', '-n', 'host', 'address', 'add', `${shared.ipv6}/${prefix.ipv6}`, 'dev', 'eth0', 'nodad'],
    ['ip', '-n', 'host', 'route', 'add', 'default', 'via', world.ipv4],
    ['ip', '-n', 'host', '-6', 'route', 'add', 'default', 'via', world.ipv6],
  );
  for (const guest of guests) {
    const port = defaultPortName(guest.name, 0);
    commands.push(
      ['ip', '-n', 'host', 'link', 'add', port, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', guest.name],
      ['ip', '-n', 'host', 'link', 'set', port, 'up'],
      ['ip', '-n', guest.name, 'link', 'set', 'eth0', 'up'],
    );
  }
  return commands;
}

/** Builds the lab. To be run inside its namespaces. Rejects with the failed command and what it said. */
export async function applyLab(): Promise<void> {
  await mkdir(labFiles.state, { recursive: true });
  await writeFile(labFiles.dhcpScript, dhcpScript, { mode: 0o755 });
  for (const command of planLab()) await runCommand(command);
}
