import { isMulticast, type MacAddress, parseMacAddress } from '../model/mac-address.ts';
import { quoteValue } from '../model/quote-value.ts';

/**
 * Ways in which tools write addresses: colons or hyphens, Cisco's dots, nothing between. An octet with one digit is not
 * read: an address that was cut short would become another one.
 */
const separated = /^[0-9a-f]{2}([:-])[0-9a-f]{2}(?:\1[0-9a-f]{2}){4}$/i;
const dotted = /^[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}$/i;
const bare = /^[0-9a-f]{12}$/i;

/** A MAC address that a NIC can have, as any tool writes it; or, as a part of a sentence, why it is none. */
export function readMac(text: string): { readonly mac: MacAddress } | { readonly reason: string } {
  const trimmed = text.trim();
  const known = [separated, dotted, bare].some((form) => form.test(trimmed));
  if (!known) return { reason: `${quoteValue(trimmed)} is no MAC address` };
  const mac = parseMacAddress((trimmed.replace(/[:.-]/g, '').match(/../g) as string[]).join(':'));
  if (mac === '00:00:00:00:00:00') return { reason: `"${mac}" is the null address, which no NIC has` };
  if (isMulticast(mac))
    return { reason: `"${mac}" is a group address (bit 0 of the first octet is set), which no NIC has` };
  return { mac };
}
