import type { Command } from 'commander';
import * as account from '../access/account.ts';
import * as accounts from '../access/accounts.ts';
import * as authority from '../access/authority.ts';
import * as issue from '../access/issue.ts';
import * as link from '../access/link.ts';
import * as list from '../access/list.ts';
import * as logins from '../access/logins.ts';
import * as revoke from '../access/revoke.ts';
import * as token from '../access/token.ts';

/** Verbs of `access`, in the order of its help. */
const verbs = [link, account, accounts, logins, issue, token, list, revoke, authority];

export function define(program: Command): void {
  const access = program
    .command('access')
    .description('who may come in: accounts and links for the page, certificates and tokens for programs')
    .addHelpText('after', '\nExample:\n  sudo bridgekeeper access link');
  for (const verb of verbs) verb.define(access);
}
