import { Collected, type Imported, NicCounter } from './collected.ts';
import { entriesOf, type Json, member, textOf } from './json-text.ts';

/** Types of devices that are NICs, as govc shows them; every other device is left out. */
const cards = new Set([
  'VirtualE1000',
  'VirtualE1000e',
  'VirtualPCNet32',
  'VirtualSriovEthernetCard',
  'VirtualVmxnet',
  'VirtualVmxnet2',
  'VirtualVmxnet3',
  'VirtualVmxnet3Vrdma',
]);

/** Member by the names of today (`macAddress`) and those of govc before 0.30 (`MacAddress`). */
function named(value: Json, key: string): Json {
  return member(value, key) ?? member(value, `${key[0]?.toUpperCase()}${key.slice(1)}`);
}

const deepNamed = (value: Json, ...keys: readonly string[]): Json => keys.reduce<Json>(named, value);

const machinesOf = (document: Json): Json => named(document, 'virtualMachines');

export const looksLikeGovc = (documents: readonly Json[]): boolean =>
  documents.some((document) => Array.isArray(named(document, 'devices')) || Array.isArray(machinesOf(document)));

/** IP addresses that VMware Tools report, by MAC address. */
function guestAddresses(machine: Json): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const net of entriesOf(deepNamed(machine, 'guest', 'net'))) {
    const mac = textOf(named(net, 'macAddress'))?.toLowerCase();
    const addresses = entriesOf(named(net, 'ipAddress')).flatMap((address) => textOf(address) ?? []);
    if (mac !== undefined) found.set(mac, addresses);
  }
  return found;
}

/**
 * Reads `govc device.info -json`, which does not name the VM, and `govc vm.info -json`, which does and may be about many.
 */
export function parseGovc(documents: readonly Json[]): Imported {
  const found = new Collected();
  const counter = new NicCounter();
  const addDevices = (devices: Json, place: string, guest?: string, machine?: Json): void => {
    const addresses = guestAddresses(machine);
    entriesOf(devices).forEach((device, i) => {
      const mac = textOf(named(device, 'macAddress'));
      const type = textOf(named(device, 'type')) ?? textOf(member(device, '_typeName')) ?? '';
      if (mac === undefined && !cards.has(type)) return;
      const name = textOf(named(device, 'name')) ?? textOf(deepNamed(device, 'deviceInfo', 'label'));
      const connected = deepNamed(device, 'connectable', 'connected');
      found.add({
        where: `${place}[${i}]${name === undefined ? '' : ` (${name})`}`,
        mac,
        guest,
        nic: counter.next(guest),
        addresses: addresses.get(mac?.toLowerCase() ?? '') ?? [],
        network:
          textOf(deepNamed(device, 'backing', 'deviceName')) ??
          textOf(deepNamed(device, 'backing', 'port', 'portgroupKey')) ??
          textOf(deepNamed(device, 'deviceInfo', 'summary')),
        state: connected === true ? 'connected' : connected === false ? 'disconnected' : undefined,
      });
    });
  };
  documents.forEach((document, d) => {
    const before = documents.length > 1 ? `document ${d + 1}, ` : '';
    addDevices(named(document, 'devices'), `${before}devices`);
    entriesOf(machinesOf(document)).forEach((machine, i) => {
      const guest = textOf(named(machine, 'name')) ?? textOf(deepNamed(machine, 'config', 'name'));
      const place = `${before}${guest === undefined ? `virtualMachines[${i}]` : `VM "${guest}"`} device`;
      addDevices(deepNamed(machine, 'config', 'hardware', 'device'), place, guest, machine);
    });
  });
  return found;
}
