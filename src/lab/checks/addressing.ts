import { runCommand } from '../../system/run-command.ts';
import type { DhcpLease } from '../guests.ts';
import type { Observation, Scene } from '../scene.ts';

const gateway = { web1: '10.77.10.1', db1: '10.77.10.1' } as const;
const DOMAIN = 'dev.example';

/** What guests were told by DHCP, router advertisements and name service is what the registry leased to them. */
export async function checkAddressing(scene: Scene, dhcp: ReadonlyMap<string, DhcpLease | Error>): Promise<void> {
  for (const guest of ['web1', 'db1'] as const) {
    const { ipv4, mac } = scene.lease(guest);
    const expected = `${ipv4}/24, router and name server ${gateway[guest]}, lease 600 s`;
    await scene.check(`${guest} (${mac}) asks for an address by DHCP`, expected, async () => {
      const got = dhcp.get(guest);
      if (got === undefined || got instanceof Error) return { seen: got?.message ?? 'no offer', ok: false };
      const seen = `${got.address}/${got.prefix}, router and name server ${got.router}, lease ${got.lease} s`;
      return { seen, ok: seen === expected && got.nameServer === gateway[guest] };
    });
  }
  await Promise.all(
    (['web1', 'db1'] as const).map((guest) =>
      scene.check(`${guest} hears router advertisements`, 'a default route by the gateway', () => observeRouter(guest)),
    ),
  );
  await Promise.all(
    (['web1', 'db1', 'sip1'] as const).map((guest) => {
      const { ipv6 = '' } = scene.lease(guest);
      return scene.check(`${guest} finds its IPv6 address to be unique`, ipv6, () => observeIpv6(guest));
    }),
  );
  for (const guest of ['web1', 'db1'] as const) {
    const { mac, ipv6 = '' } = scene.lease(guest);
    await scene.check(`${guest} asks for an address by DHCPv6`, ipv6, async () => {
      const { address, failure } = await scene.agent(guest).call('askDhcpv6', { device: 'eth0', mac, timeout: 4000 });
      return { seen: address ?? failure ?? 'no address', ok: address === ipv6 };
    });
  }
  for (const [name, family, address] of [
    ['web1', 4, scene.lease('web1').ipv4],
    ['db1', 4, scene.lease('db1').ipv4],
    ['db1', 6, scene.lease('db1').ipv6],
  ] as const) {
    if (address === undefined) continue;
    await scene.check(
      `db1 asks for the ${family === 4 ? 'A' : 'AAAA'} record of ${name}.${DOMAIN}`,
      address,
      async () => {
        const question = { server: gateway.db1, name: `${name}.${DOMAIN}`, family, timeout: 1500 };
        const { addresses, failure } = await scene.agent('db1').call('resolve', question);
        return { seen: failure ?? addresses.join(', '), ok: addresses.length === 1 && addresses[0] === address };
      },
    );
  }
}

/** Waits until duplicate address detection is over for the guest's own address (RFC 4862, 2 s at most). */
async function observeIpv6(guest: string): Promise<Observation> {
  for (let i = 0; ; i++) {
    const argv = ['ip', '-n', guest, '-j', '-6', 'address', 'show', 'dev', 'eth0', 'scope', 'global'];
    const [link] = JSON.parse((await runCommand(argv)).stdout) as {
      addr_info?: { local: string; tentative?: true; dadfailed?: true }[];
    }[];
    const [address] = link?.addr_info ?? [];
    const settled = address !== undefined && !address.tentative && !address.dadfailed;
    if (settled) return { seen: address.local, ok: true };
    if (i === 40 || address?.dadfailed)
      return { seen: address ? `${address.local} is in doubt` : 'no address', ok: false };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/**
 * A router is asked for when the link-local address has been found to be unique, up to 2 s after the link came up
 * (RFC 4862), and again after 4 s (RFC 4861).
 */
async function observeRouter(guest: string): Promise<Observation> {
  for (let i = 0; i < 80; i++) {
    const argv = ['ip', '-n', guest, '-6', 'route', 'show', 'default', 'proto', 'ra'];
    const seen = /via (fe80::\S+)/.exec((await runCommand(argv)).stdout)?.[1];
    if (seen) return { seen: `default via ${seen}`, ok: true };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return { seen: 'no such route', ok: false };
}
