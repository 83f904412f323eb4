import { AppError } from '../errors/app-error.ts';
import type { Brand } from './brand.ts';
import { quoteValue } from './quote-value.ts';

/** RFC 1123 label: 1 to 63 lower-case letters, digits and hyphens; no hyphen first or last. */
export type Label = Brand<string, 'Label'>;
/** Network interface name as the kernel takes it and nftables and dnsmasq read it as one plain word. */
export type InterfaceName = Brand<string, 'InterfaceName'>;
/** Domain name of RFC 1123 labels, at most 253 characters. */
export type DomainName = Brand<string, 'DomainName'>;

const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

export function parseLabel(text: string): Label {
  if (!label.test(text)) {
    throw new AppError(
      'value-invalid',
      `name ${quoteValue(text)} is not an RFC 1123 label: 1 to 63 lower-case letters, digits and hyphens, no hyphen first or last`,
    );
  }
  return text as Label;
}

/** `net.ipv4.conf.all` and `.default` are no interfaces, and a sysctl written there would change all of them. */
const reservedInterfaceNames = new Set(['all', 'default']);

/** Linux allows any bytes but `/`, white space and `:` up to 15; narrower here, so that it is one word everywhere. */
export function parseInterfaceName(text: string): InterfaceName {
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,14}$/.test(text)) {
    throw new AppError(
      'value-invalid',
      `interface name ${quoteValue(text)} is not 1 to 15 letters, digits, ".", "_" or "-" (IFNAMSIZ is 16)`,
    );
  }
  if (reservedInterfaceNames.has(text)) {
    throw new AppError(
      'value-invalid',
      `interface name ${quoteValue(text)} means something else to the kernel (net.ipv4.conf.${text}); expected another name`,
    );
  }
  return text as InterfaceName;
}

export function parseDomainName(text: string): DomainName {
  if (text.length > 253 || !text.split('.').every((part) => label.test(part))) {
    throw new AppError('value-invalid', `domain ${quoteValue(text)} is not a name such as "dev.example" (RFC 1123)`);
  }
  return text as DomainName;
}
