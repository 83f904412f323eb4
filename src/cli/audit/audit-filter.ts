import type { Command } from 'commander';
import type { AuditQuery } from '../../client/audit.ts';
import { parseMoment } from '../../model/moment.ts';
import { argument } from '../command-options.ts';

export interface FilterOptions {
  kind?: string[];
  who?: string;
  owner?: string;
  since?: number;
  until?: number;
  text?: string;
}

/** Options that say which entries are meant. */
export function withFilter(command: Command): Command {
  const time = argument((text: string) => parseMoment(text, Date.now()));
  return command
    .option('--kind <kind...>', 'of these kinds: apply, lease, release, rotate, conflict, drift, …')
    .option('--who <name>', 'by this user')
    .option('--owner <label>', 'about this owner')
    .option('--since <time>', 'at or after: 2026-11-20, "2026-11-20 14:32" or how long ago, 3h', time)
    .option('--until <time>', 'before', time)
    .option('--text <words>', 'with this in its text, or in what was or is; a MAC address finds its pseudonyms');
}

export function queryOf({ kind: kinds, who, owner, since, until, text }: FilterOptions): AuditQuery {
  const given = { kinds, who, owner, since, until, text };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}
