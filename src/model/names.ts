import { AppError } from '../errors/app-error.ts';
import type { Brand } from './brand.ts';
import { quoteValue } from './quote-value.ts';

/** RFC 1123 label: 1 to 63 lower-case letters, digits and hyphens; no hyphen first or last. */
export type Label = Brand<string, 'Label'>;
/** Network interface name as the kernel takes it and nftables and dnsmasq read it as one plain word. */
export type InterfaceName = Brand<string, 'InterfaceName'>;
/** Domain name of RFC 1123 labels, at most 253 characters. */
export type DomainName = Brand<string, 'DomainName'>;

/** UUID in lower case with hyphens (RFC 9562). */
export type Uuid = Brand<string, 'Uuid'>;

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

/** Any version and variant, upper or lower case. Throws `value-invalid`. */
export function parseUuid(text: string): Uuid {
  if (!/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) {
    throw new AppError(
      'value-invalid',
      `UUID ${quoteValue(text)} is not 32 hexadecimal digits in five groups such as "6a1f9c1e-7f0b-4c51-9d0e-2b7f3a1c9d10"`,
    );
  }
  return text.toLowerCase() as Uuid;
}
