import { execFileSync } from 'node:child_process';
import { parseIpv4 } from '../../src/model/ip-address.ts';
import { parseMacAddress } from '../../src/model/mac-address.ts';
import { arpPacket, broadcastMac, ethernetFrame, etherType } from '../../src/system/raw-frame.ts';
import { shell } from '../drivers/linux/host/snapshot-host.ts';

/** A machine that no site knows, on a port of a bridge; the port has the machine's name. It has no IPv6. */
export function plugStranger(name: string, at: { bridge: string; mac: string; ipv4: string }): void {
  shell(`
    ip netns add ${name}
    ip link add ${name} type veth peer name eth0 netns ${name}
    ip netns exec ${name} sysctl -qw net.ipv6.conf.eth0.disable_ipv6=1
    ip -n ${name} link set eth0 address ${at.mac}
    ip link set ${name} master ${at.bridge} up
    ip -n ${name} link set eth0 up
    ip -n ${name} address add ${at.ipv4} dev eth0
  `);
}

/** An ARP announcement from a MAC address that is not the sender's own. */
export function spoofedArp(mac: string): Buffer {
  const source = parseMacAddress(mac);
  const ip = parseIpv4('10.77.10.250');
  return ethernetFrame({
    source,
    destination: broadcastMac,
    type: etherType.arp,
    payload: arpPacket({ operation: 'request', senderMac: source, senderIp: ip, targetMac: source, targetIp: ip }),
  });
}

/** Puts frames onto a guest's interface, some hundred a moment so that none is dropped on its way. */
export function sendFrames(guest: string, frames: readonly Buffer[]): void {
  const socket = new URL('../../src/system/packet-socket.ts', import.meta.url).pathname;
  const script = `
    const { readFileSync } = await import('node:fs');
    const { setTimeout: sleep } = await import('node:timers/promises');
    const { openPacketSocket } = await import('${socket}');
    const socket = openPacketSocket('eth0');
    for (const [n, line] of readFileSync(0, 'utf8').trim().split('\\n').entries()) {
      socket.send(Buffer.from(line, 'hex'));
      if (n % 200 === 199) await sleep(5);
    }
    socket.close();
  `;
  const argv = ['netns', 'exec', guest, process.execPath, '--input-type=module', '-e', script];
  execFileSync('ip', argv, { input: frames.map((frame) => frame.toString('hex')).join('\n') });
}
