import { type Command, Option } from 'commander';
import type { ProofOrder, ProofView } from '../../client/access.ts';
import { wholeNumber } from '../command-options.ts';
import { renderTable, renderTime } from '../output.ts';

/** Options that say whom a proof is for. */
export interface GrantOptions {
  role: ProofOrder['role'];
  owner?: string;
  days?: number;
  only?: string[];
}

/** Adds name, `--role`, `--owner`, `--days` and `--only`. */
export function withGrant(command: Command, usualDays: number): Command {
  return command
    .argument('<name>', 'who it is for; goes into history and journal')
    .addOption(
      new Option('--role <role>', 'viewer: look; operator: change; admin: everything')
        .choices(['viewer', 'operator', 'admin'])
        .makeOptionMandatory(),
    )
    .option('--owner <owner>', 'tenant: sees and changes only what belongs to this owner')
    .option('--days <number>', `days until it expires (default: ${usualDays})`, wholeNumber(1, 3650))
    .option(
      '--only <endpoint>',
      'only for this endpoint, such as "GET /v1/leases"; may be given several times',
      (text: string, before: string[] = []) => [...before, text],
    );
}

/** What the options order. */
export function orderOf(name: string, { role, owner, days, only }: GrantOptions): ProofOrder {
  return {
    name,
    role,
    ...(owner !== undefined && { owner }),
    ...(days !== undefined && { days }),
    ...(only !== undefined && { only }),
  };
}

/** Tokens and certificates as a table. */
export function renderProofs(proofs: readonly ProofView[]): string[] {
  if (proofs.length === 0)
    return ['There are no tokens and certificates. Make one with: bridgekeeper access token NAME --role viewer'];
  const rows = proofs.map(({ id, kind, name, role, owner = '', until, expired, usedAt, usedFrom, by }) => [
    id,
    kind,
    name,
    role,
    owner,
    expired ? 'expired' : renderTime(until),
    usedAt === undefined ? '' : `${renderTime(usedAt)} from ${usedFrom}`,
    by,
  ]);
  return renderTable(['id', 'kind', 'name', 'role', 'owner', 'until', 'last used', 'issued by'], rows);
}
