import { constants } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import type { SysctlItem } from './host-item.ts';

const root = '/proc/sys/';

/** Settings where the kernel takes the larger of `all` and the device's own value (IN_DEV_MAXCONF, IN_DEV_ORCONF). */
export const largerOfAll = ['rp_filter', 'send_redirects'] as const;

/** Value of a kernel setting, or undefined when there is no such key. */
export async function readSysctl(key: string): Promise<string | undefined> {
  try {
    return (await readFile(root + key, 'utf8')).trim();
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
async function observeEffects(key: string, value: string, devices: readonly string[]): Promise<Record<string, string>> {
  const found = await Promise.all(
    sideEffects(key, value, devices).map(async ([effect, made]) => [effect, await readSysctl(effect), made] as const),
  );
  return Object.fromEntries(
    found.flatMap(([effect, now, made]) => (now === undefined || now === made ? [] : [[effect, now]])),
  );
}

async function isWritable(key: string): Promise<boolean> {
  try {
    await access(root + key, constants.W_OK);
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

/** The keys that exist, as they are now. `devices` are those whose settings may change along with one of them. */
export async function observeSysctls(keys: Iterable<string>, devices: readonly string[]): Promise<SysctlItem[]> {
  const seen = await Promise.all(
    [...keys].map(async (key): Promise<SysctlItem[]> => {
      const value = await readSysctl(key);
      if (value === undefined) return [];
      const device = sysctlDevice(key);
      const effects = await observeEffects(key, value, devices);
      return [
        {
          kind: 'sysctl',
          key,
          value,
          writable: await isWritable(key),
          ...(device === undefined ? {} : { device }),
          ...(Object.keys(effects).length === 0 ? {} : { effects }),
        },
      ];
    }),
  );
  return seen.flat();
}
