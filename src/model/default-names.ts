import { createHash } from 'node:crypto';
import type { InterfaceName } from './names.ts';

/** IFNAMSIZ is 16 with the closing NUL. Long names are cut and told apart by a hash of the whole name. */
function fit(prefix: string, name: string, suffix: string): InterfaceName {
  const whole = `${prefix}${name}${suffix}`;
  if (whole.length <= 15) return whole as InterfaceName;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 5);
  const room = 15 - prefix.length - suffix.length - hash.length - 1;
  return `${prefix}${name.slice(0, room)}_${hash}${suffix}` as InterfaceName;
}

/** Bridge of a segment that names none: `bk-dev`. */
export function defaultBridgeName(segment: string): InterfaceName {
  return fit('bk-', segment, '');
}

/** Host-side device of a NIC that names none: `bkp-web1.0`. */
export function defaultPortName(guest: string, nic: number): InterfaceName {
  return fit('bkp-', guest, `.${nic}`);
}
