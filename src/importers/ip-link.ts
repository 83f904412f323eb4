import { Collected, type Imported, NicCounter } from './collected.ts';
import { entriesOf, type Json, member, textOf } from './json-text.ts';

export const looksLikeLinks = (documents: readonly Json[]): boolean =>
  documents.some((document) => entriesOf(document).some((link) => textOf(member(link, 'ifname')) !== undefined));

/**
 * Reads `ip -j link` and `ip -j address` (iproute2): every Ethernet interface of the machine it ran on, which they do not
 * name. Loopback and tunnels have no MAC address and are left out.
 */
export function parseLinks(documents: readonly Json[]): Imported {
  const found = new Collected();
  const counter = new NicCounter();
  documents.forEach((document, d) => {
    entriesOf(document).forEach((link, i) => {
      // iproute2 prints {} for what a filter leaves out.
      const name = textOf(member(link, 'ifname'));
      const type = textOf(member(link, 'link_type'));
      if (name === undefined || (type !== undefined && type !== 'ether')) return;
      found.add({
        where: `${documents.length > 1 ? `document ${d + 1}, ` : ''}entry ${i + 1} ("${name}")`,
        mac: textOf(member(link, 'address')),
        nic: counter.next(undefined),
        addresses: entriesOf(member(link, 'addr_info')).flatMap((entry) => textOf(member(entry, 'local')) ?? []),
        network: textOf(member(link, 'master')),
        state: textOf(member(link, 'operstate'))?.toLowerCase(),
      });
    });
  });
  return found;
}
