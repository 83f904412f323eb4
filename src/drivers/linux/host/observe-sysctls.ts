import { accessSync, constants, readFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import type { SysctlItem } from './host-item.ts';

const root = '/proc/sys/';

/** Settings where the kernel takes the larger of `all` and the device's own value (IN_DEV_MAXCONF, IN_DEV_ORCONF). */
export const largerOfAll = ['rp_filter', 'send_redirects'] as const;

/** Whether the host forwards IPv6. */
export const forwarding6 = 'net/ipv6/conf/all/forwarding';

/** Whether a device listens to router advertisements: 1 unless the host forwards, 2 always. */
export const advertisementSetting = (device: string): string => `net/ipv6/conf/${device}/accept_ra`;

/**
 * Value of a kernel setting, or undefined when there is no such key. Not asynchronous: the kernel answers from memory in
 * some 5 µs, and with a thousand ports the detour through the thread pool takes a second.
 */
export function readSysctl(key: string): string | undefined {
  try {
    return readFileSync(root + key, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Keys that the kernel changes along when a host is told to forward or not, with what it sets them to
 * (net/ipv4/devinet.c inet_forward_change, net/ipv6/addrconf.c addrconf_fixup_forwarding).
 */
function sideEffects(key: string, value: string, devices: readonly string[]): [string, string][] {
  const each = (family: string): [string, string][] =>
    ['default', ...devices].map((device) => [`net/${family}/conf/${device}/forwarding`, value]);
  if (key === 'net/ipv4/ip_forward') {
    return [['net/ipv4/conf/all/accept_redirects', value === '0' ? '1' : '0'], ...each('ipv4')];
  }
  return key === 'net/ipv6/conf/all/forwarding' ? each('ipv6') : [];
}

/** What writing `value` to `key` would not bring back: settings that now differ from what the kernel would make them. */
function observeEffects(key: string, value: string, devices: readonly string[]): Record<string, string> {
  const effects: Record<string, string> = {};
  for (const [effect, made] of sideEffects(key, value, devices)) {
    const now = readSysctl(effect);
    if (now !== undefined && now !== made) effects[effect] = now;
  }
  return effects;
}

function isWritable(key: string): boolean {
  try {
    accessSync(root + key, constants.W_OK);
    return true;
  } catch (error) {
    if (['EACCES', 'EROFS', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}

/** Name of the device that a setting belongs to; undefined for `all`, `default` and settings of the whole host. */
export function sysctlDevice(key: string): string | undefined {
  const device = /^net\/ipv[46]\/conf\/([^/]+)\//.exec(key)?.[1];
  return device === 'all' || device === 'default' ? undefined : device;
}

const keysAtOnce = 200;

/**
 * The keys that exist, as they are now. `wanted` gives each key's wanted value: what has it already is not looked into
 * further. `devices` are those whose settings may change along with one of them.
 */
export async function observeSysctls(
  wanted: ReadonlyMap<string, string | undefined>,
  devices: readonly string[],
): Promise<SysctlItem[]> {
  const found: SysctlItem[] = [];
  let count = 0;
  for (const [key, wantedValue] of wanted) {
    // Thousands of devices have thousands of keys; reading them all at once would hold the event loop.
    if (++count % keysAtOnce === 0) await setImmediate();
    found.push(...observeSysctl(key, wantedValue, devices));
  }
  return found;
}

function observeSysctl(key: string, wantedValue: string | undefined, devices: readonly string[]): SysctlItem[] {
  const value = readSysctl(key);
  if (value === undefined) return [];
  const device = sysctlDevice(key);
  const seen: SysctlItem = { kind: 'sysctl', key, value, ...(device === undefined ? {} : { device }) };
  if (value === wantedValue) return [seen];
  const effects = observeEffects(key, value, devices);
  return [{ ...seen, writable: isWritable(key), ...(Object.keys(effects).length === 0 ? {} : { effects }) }];
}
