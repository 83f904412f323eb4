import { createHmac } from 'node:crypto';
import { defaultPortName } from '../../model/default-names.ts';
import type { Nic } from '../../model/site.ts';

/** Characters of a name that are drawn: 55 bits. */
const drawn = 11;
const letters = 'abcdefghijkmnpqrstuvwxyz23456789';

/** Names of host-side devices for guests that a tenant makes, and those that it may plug its NICs into. */
export class TenantPorts {
  readonly #secret: string;
  readonly #owner: string;

  constructor(secret: string, owner: string) {
    this.#secret = secret;
    this.#owner = owner;
  }

  /**
   * Device of a NIC that names none. The default where the guest's name fits into it; a longer one would be cut and
   * told apart by a few characters of a hash, and who chooses his guest's name by that hash would see whether somebody
   * else has the name that he is after. So it is drawn under the secret: `bkt-` and what nobody can foresee.
   */
  of(guest: string, index: number): string {
    const usual = defaultPortName(guest, index);
    if (usual === `bkp-${guest}.${index}`) return usual;
    const bytes = createHmac('sha256', this.#secret).update(`port\0${this.#owner}\0${guest}\0${index}`).digest();
    return `bkt-${[...bytes.subarray(0, drawn)].map((byte) => letters[byte % 32]).join('')}`;
  }

  /** What a NIC may be plugged into, the usual one first; `named` is the NIC as it is now. */
  allowed(guest: string, index: number, named: Nic | undefined): string[] {
    if (named === undefined) return [this.of(guest, index)];
    return named.port === undefined ? [defaultPortName(guest, index)] : [this.of(guest, index), named.port];
  }

  /** The body of a guest with a device for each new NIC that needs one; `before` are those that it has. */
  fill(name: string, body: object, before: readonly Nic[]): object {
    const { nics } = body as { readonly nics: readonly { readonly port?: unknown }[] };
    const filled = nics.map((nic, index) => {
      const had = before[index];
      const port = this.of(name, index);
      const isUsual = port === defaultPortName(name, index);
      return nic.port !== undefined || isUsual || (had !== undefined && had.port === undefined)
        ? nic
        : { ...nic, port };
    });
    return { ...body, nics: filled };
  }
}
