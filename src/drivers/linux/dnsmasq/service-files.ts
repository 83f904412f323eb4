import { join } from 'node:path';
import { AppError } from '../../../errors/app-error.ts';

/** Where the service of one segment has its files. */
export interface ServiceFiles {
  readonly directory: string;
  readonly configuration: string;
  /** DHCP reservations: the only file of a directory that dnsmasq watches. */
  readonly reservations: string;
  /** Names, in the form of /etc/hosts: the only file of a directory that dnsmasq watches. */
  readonly names: string;
  readonly leases: string;
  readonly log: string;
  /** Which process serves the segment; written by us. */
  readonly process: string;
}

/** `directory` is the one of all services; a segment's files are in a directory of its name. */
export function serviceFiles(directory: string, segment: string): ServiceFiles {
  // A dnsmasq configuration has no way to write these inside a path.
  const unwritable = [...directory].some((letter) => letter < ' ' || '"#\\'.includes(letter));
  if (unwritable || directory !== directory.trim() || !directory.startsWith('/')) {
    throw new AppError(
      'value-invalid',
      `directory ${JSON.stringify(directory)} cannot stand in a dnsmasq configuration: an absolute path without quotes, "#", backslashes and control characters was expected`,
    );
  }
  const own = join(directory, segment);
  return {
    directory: own,
    configuration: join(own, 'dnsmasq.conf'),
    reservations: join(own, 'dhcp', 'reservations'),
    names: join(own, 'dns', 'names'),
    leases: join(own, 'leases'),
    log: join(own, 'log'),
    process: join(own, 'process.json'),
  };
}
