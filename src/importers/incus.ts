import { Collected, type Imported } from './collected.ts';
import { entriesOf, isObject, type Json, member, memberAt, textOf } from './json-text.ts';

/** A NIC of an instance, as Incus and LXD show it. */
export interface IncusNic {
  readonly mac?: string;
  /** Host-side device. */
  readonly port?: string;
  readonly network?: string;
  /** Addresses of global scope. */
  readonly addresses: readonly string[];
}

export interface IncusInstance {
  readonly name: string;
  readonly project?: string;
  readonly virtualMachine: boolean;
  readonly state?: string;
  readonly nics: readonly IncusNic[];
}

export const looksLikeIncus = (documents: readonly Json[]): boolean =>
  documents.some((document) => entriesOf(document).some((instance) => isObject(member(instance, 'expanded_devices'))));

function readNic(instance: Json, key: string, device: Json): IncusNic {
  const volatile = (name: string): string | undefined =>
    textOf(memberAt(instance, 'config', `volatile.${key}.${name}`));
  const mac = textOf(member(device, 'hwaddr')) ?? volatile('hwaddr');
  const interfaces = Object.values((memberAt(instance, 'state', 'network') ?? {}) as object) as Json[];
  const same = (shown: Json): boolean => textOf(member(shown, 'hwaddr'))?.toLowerCase() === mac?.toLowerCase();
  const shown = mac ? interfaces.find(same) : undefined;
  const port = textOf(member(shown, 'host_name')) || volatile('host_name');
  const network = textOf(member(device, 'network')) ?? textOf(member(device, 'parent'));
  return {
    ...(mac ? { mac } : {}),
    ...(port ? { port } : {}),
    ...(network === undefined ? {} : { network }),
    addresses: entriesOf(member(shown, 'addresses')).flatMap((entry) =>
      member(entry, 'scope') === 'global' ? (textOf(member(entry, 'address')) ?? []) : [],
    ),
  };
}

/** Instances in the output of `incus list --format json` and `lxc list --format json`; entries without a name are left out. */
export function readInstances(document: Json): IncusInstance[] {
  return entriesOf(document).flatMap((instance) => {
    const name = textOf(member(instance, 'name'));
    if (name === undefined) return [];
    const devices = Object.entries((member(instance, 'expanded_devices') ?? {}) as object) as [string, Json][];
    const state = textOf(member(instance, 'status'))?.toLowerCase();
    const project = textOf(member(instance, 'project'));
    return [
      {
        name,
        ...(project === undefined ? {} : { project }),
        virtualMachine: member(instance, 'type') === 'virtual-machine',
        ...(state === undefined ? {} : { state }),
        nics: devices.flatMap(([key, device]) =>
          member(device, 'type') === 'nic' ? [readNic(instance, key, device)] : [],
        ),
      },
    ];
  });
}

/** Reads `incus list --format json` and `lxc list --format json`. */
export function parseIncus(documents: readonly Json[]): Imported {
  const found = new Collected();
  for (const { name, project, state, nics } of documents.flatMap(readInstances)) {
    nics.forEach((seen, nic) => {
      found.add({
        where: `instance "${name}", NIC ${nic}`,
        mac: seen.mac,
        guest: name,
        nic,
        addresses: seen.addresses,
        network: seen.network,
        // Every instance is in the project "default" until somebody makes another.
        owner: project === 'default' ? undefined : project,
        state,
      });
    });
  }
  return found;
}
