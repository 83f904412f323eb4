import { Collected, type Imported, NicCounter } from './collected.ts';
import { entriesOf, isObject, type Json, member, textOf } from './json-text.ts';

/** `ConvertTo-Json` writes one adapter as an object and several as a list. */
const adaptersOf = (document: Json): readonly Json[] => (isObject(document) ? [document] : entriesOf(document));

export const looksLikeHyperV = (documents: readonly Json[]): boolean =>
  documents.some((document) =>
    adaptersOf(document).some(
      (adapter) =>
        member(adapter, 'MacAddress') !== undefined &&
        ['VMName', 'SwitchName', 'IsManagementOs'].some((key) => member(adapter, key) !== undefined),
    ),
  );

/**
 * PowerShell 5 writes a list as a list, as `{"value": [...], "Count": 2}`, or, below the depth it was asked for, as its
 * entries with spaces between.
 */
function addressesOf(value: Json): string[] {
  if (typeof value === 'string') return value.split(/\s+/).filter((text) => text !== '');
  return entriesOf(isObject(value) ? member(value, 'value') : value).flatMap((address) => textOf(address) ?? []);
}

/** Reads `Get-VMNetworkAdapter * | ConvertTo-Json`. Adapters of the host itself belong to no guest. */
export function parseHyperV(documents: readonly Json[]): Imported {
  const found = new Collected();
  const counter = new NicCounter();
  documents.forEach((document, d) => {
    adaptersOf(document).forEach((adapter, i) => {
      const name = textOf(member(adapter, 'Name'));
      const guest = textOf(member(adapter, 'VMName')) || undefined;
      const mac = textOf(member(adapter, 'MacAddress'));
      const where = `${documents.length > 1 ? `document ${d + 1}, ` : ''}adapter ${i + 1}${name ? ` ("${name}")` : ''}`;
      // A VM with a dynamic address that never ran has none yet.
      if (mac === '000000000000') {
        found.refuse(
          where,
          `The adapter of VM "${guest ?? ''}" has no address yet: Hyper-V gives it one when the VM starts.`,
        );
        return;
      }
      found.add({
        where,
        mac,
        guest,
        nic: counter.next(guest),
        addresses: addressesOf(member(adapter, 'IPAddresses')),
        network: textOf(member(adapter, 'SwitchName')),
        state: stateOf(member(adapter, 'Connected')),
      });
    });
  });
  return found;
}

const stateOf = (connected: Json): string | undefined =>
  typeof connected === 'boolean' ? (connected ? 'connected' : 'disconnected') : undefined;
