import { runCommand } from '../system/run-command.ts';
import { labFiles, labGuests, onLinkGateway, shared } from './scenario.ts';
import type { Lease } from './scene.ts';

/** What a guest was told by DHCP. */
export interface DhcpLease {
  readonly address: string;
  readonly prefix: number;
  readonly router: string;
  readonly nameServer: string;
  /** Seconds. */
  readonly lease: number;
}

const DHCP_TRIES = 5;

const inGuest = (guest: string, ...words: string[]): string[] => ['ip', '-n', guest, ...words];

/** Gateway of the segment of a guest that is set up by hand: first address of its /24 (examples/devlab.yaml). */
const gatewayNextTo = (address: string): string => address.replace(/\d+$/, '1');

/** Gives the guest the MAC that was leased to it, as a hypervisor would. The link goes down and up again. */
export async function setGuestMac(guest: string, mac: string): Promise<void> {
  await runCommand(inGuest(guest, 'link', 'set', 'eth0', 'down'));
  await runCommand(inGuest(guest, 'link', 'set', 'eth0', 'address', mac));
  await runCommand(inGuest(guest, 'link', 'set', 'eth0', 'up'));
}

/** Reads the line that the lab's udhcpc script prints when it is bound. */
export function parseDhcpLease(output: string): DhcpLease | undefined {
  const found = /^(\S+)\/(\d+) router=(\S*) dns=(\S*).* lease=(\d+)/m.exec(output);
  if (!found) return undefined;
  const [, address = '', prefix, router = '', nameServer = '', lease] = found;
  return { address, prefix: Number(prefix), router, nameServer, lease: Number(lease) };
}

/** Runs a real DHCP client until it is bound (5 s at most). With `script` /bin/true only to see whether it is answered. */
export async function askDhcp(guest: string, script: string = labFiles.dhcpScript): Promise<string> {
  const client = [
    'busybox',
    'udhcpc',
    '-i',
    'eth0',
    '-f',
    '-n',
    '-q',
    '-t',
    String(DHCP_TRIES),
    '-T',
    '1',
    '-s',
    script,
  ];
  const { stdout, stderr } = await runCommand(['ip', 'netns', 'exec', guest, ...client]);
  return `${stdout}\n${stderr}`;
}

/** Puts the leased IPv6 address onto the guest's interface; the default route is left to router advertisements. */
async function addLeasedIpv6(guest: string, lease: Lease): Promise<void> {
  if (!lease.ipv6) return;
  await runCommand(inGuest(guest, '-6', 'address', 'replace', `${lease.ipv6}/64`, 'dev', 'eth0'));
}

async function configureByHand(guest: string, lease: Lease): Promise<void> {
  await runCommand(inGuest(guest, 'address', 'replace', `${lease.ipv4}/24`, 'dev', 'eth0'));
  const gateway = gatewayNextTo(lease.ipv4);
  await runCommand(inGuest(guest, 'route', 'replace', 'default', 'via', gateway, 'dev', 'eth0'));
}

async function configureByDhcp(guest: string, lease: Lease): Promise<DhcpLease | Error> {
  try {
    return parseDhcpLease(await askDhcp(guest)) ?? new Error('the DHCP client ended without a lease');
  } catch (error) {
    // A check shows what the client said. The guest goes on by hand, so that this failure does not look like many.
    await configureByHand(guest, lease);
    return error instanceof Error ? error : new Error(String(error));
  }
}

async function configureShared(guest: string): Promise<void> {
  await runCommand(inGuest(guest, 'address', 'replace', `${shared.ipv4}/32`, 'dev', 'eth0'));
  await runCommand(inGuest(guest, 'route', 'replace', onLinkGateway, 'dev', 'eth0', 'scope', 'link'));
  const route = ['route', 'replace', 'default', 'via', onLinkGateway, 'dev', 'eth0', 'src', shared.ipv4];
  await runCommand(inGuest(guest, ...route));
}

/** Sets a guest up: MAC and link, then addresses in its own way. Answers what DHCP told it, where that was asked. */
export async function configureGuest(guest: string, lease: Lease): Promise<DhcpLease | Error | undefined> {
  const addressing = labGuests.find(({ name }) => name === guest)?.addressing;
  await setGuestMac(guest, lease.mac);
  await addLeasedIpv6(guest, lease);
  if (addressing === 'shared') await configureShared(guest);
  else if (addressing === 'static') await configureByHand(guest, lease);
  else return configureByDhcp(guest, lease);
  return undefined;
}
