import { AppError } from '../errors/app-error.ts';
import { type MacAddress, parseMacAddress } from '../model/mac-address.ts';
import { type Label, parseLabel } from '../model/names.ts';
import { quoteValue } from '../model/quote-value.ts';

export interface NicName {
  readonly guest: Label;
  readonly nic: number;
}

const looksLikeMac = (text: string): boolean =>
  text.includes(':') || /^[0-9a-f]{2}(-[0-9a-f]{2}){5}$|^[0-9a-f]{4}(\.[0-9a-f]{4}){2}$/i.test(text);

/** Reads `web1/1`; `web1` is its first NIC, `web1/0`. Throws `value-invalid`. */
export function parseNicName(text: string): NicName {
  if (looksLikeMac(text)) {
    throw new AppError('value-invalid', `${quoteValue(text)} is a MAC address; expected a NIC such as "web1/0"`);
  }
  const [guest = '', index = '0', ...rest] = text.split('/');
  if (rest.length > 0 || !/^\d{1,4}$/.test(index)) {
    throw new AppError('value-invalid', `NIC ${quoteValue(text)} is not a guest and an index such as "web1/0"`);
  }
  return { guest: parseLabel(guest), nic: Number(index) };
}

/** A MAC address or a NIC, whichever the text is. Throws `value-invalid`. */
export function parseMacOrNic(text: string): { readonly mac: MacAddress } | NicName {
  return looksLikeMac(text) ? { mac: parseMacAddress(text) } : parseNicName(text);
}
