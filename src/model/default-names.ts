import { createHash } from 'node:crypto';
import type { InterfaceName } from './names.ts';

/** Longest name of a device: IFNAMSIZ is 16 with the closing NUL. */
const longest = 15;

/**
 * Long names are cut and told apart by a hash of the whole name: of 10,000 names two have the same 36 bits once in a
 * thousand sites.
 */
function fit(prefix: string, name: string, suffix: string): InterfaceName {
  const whole = `${prefix}${name}${suffix}`;
  if (whole.length <= longest) return whole as InterfaceName;
  const room = longest - prefix.length - suffix.length - 1;
  const digest = createHash('sha256').update(name).digest().readBigUInt64BE();
  const hash = digest.toString(36).padStart(13, '0').slice(-Math.min(7, room));
  return `${prefix}${name.slice(0, room - hash.length)}_${hash}${suffix}` as InterfaceName;
}

/** Bridge of a segment that names none: `bk-dev`. */
export function defaultBridgeName(segment: string): InterfaceName {
  return fit('bk-', segment, '');
}

/** Host-side device of a NIC that names none: `bkp-web1.0`. */
export function defaultPortName(guest: string, nic: number): InterfaceName {
  return fit('bkp-', guest, `.${nic}`);
}
