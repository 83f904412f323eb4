import { readFileSync } from 'node:fs';

/** Ids of a machine's own user namespace: all of them. */
const everyId = 4_294_967_295;

/**
 * Whether this process may become any other user. In a user namespace of its own (`unshare -r`, a rootless container)
 * root is the only user there is, and a program that gives up root fails.
 */
export function hasOtherUsers(): boolean {
  const map = readFileSync('/proc/self/uid_map', 'utf8').trim().split(/\s+/);
  return Number(map[2]) === everyId;
}
