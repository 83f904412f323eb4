import { type Command, Option } from 'commander';
import type { AccountChange, AccountView } from '../../client/accounts.ts';
import type { Client } from '../../client/client.ts';
import { AppError, isAppError } from '../../errors/app-error.ts';
import { type ClientOptions, connect, withClient } from '../command-options.ts';
import { plain, print, printJson, renderTable, renderTime } from '../output.ts';

interface AccountOptions extends ClientOptions {
  role?: AccountView['role'];
  owner?: string | false;
  askPassword?: boolean;
  password: boolean;
  newPassword?: boolean;
  disable?: boolean;
  enable?: boolean;
  secondFactor: boolean;
  remove?: boolean;
}

/** Accounts as a table. */
export function renderAccounts(accounts: readonly AccountView[]): string[] {
  if (accounts.length === 0)
    return ['There are no accounts. Make one with: bridgekeeper access account NAME --role admin'];
  const rows = accounts.map(({ name, role, owner = '', password, totp, disabled, logins, at }) => [
    name,
    role,
    owner,
    disabled ? 'disabled' : password ? (totp ? 'password and code' : 'password') : 'links only',
    String(logins),
    renderTime(at),
  ]);
  return renderTable(['name', 'role', 'owner', 'logs in with', '>logins', 'since'], rows);
}

async function find(client: Client, name: string): Promise<AccountView | undefined> {
  try {
    return await client.accounts.show(name);
  } catch (error) {
    if (isAppError(error) && error.code === 'not-found') return undefined;
    throw error;
  }
}

/** What the options say about the password: a text, none, or that one is to be made (undefined). */
async function passwordOf(options: AccountOptions): Promise<string | null | undefined> {
  if (!options.password) return null;
  if (!options.askPassword) return undefined;
  const { askNewPassword } = await import('./ask-password.ts');
  return askNewPassword();
}

async function create(client: Client, name: string, options: AccountOptions): Promise<void> {
  const { role, owner } = options;
  if (role === undefined)
    throw new AppError('value-invalid', `There is no account ${JSON.stringify(name)} yet; expected --role to make it.`);
  const password = await passwordOf(options);
  const made = await client.accounts.create({
    name,
    role,
    ...(typeof owner === 'string' ? { owner } : {}),
    ...(password === undefined ? {} : { password }),
  });
  if (options.json) return printJson(made);
  print(plain(`Account ${JSON.stringify(made.account.name)} with role ${role} was made.`));
  if (made.password !== undefined) print(`Its password, shown this once: ${made.password}`);
}

async function change(client: Client, account: AccountView, options: AccountOptions): Promise<void> {
  const { role, owner, disable, enable } = options;
  const sets = options.askPassword || !options.password;
  const password = sets ? await passwordOf(options) : undefined;
  const { makePassword } = await import('../../model/make-password.ts');
  const made = options.newPassword ? makePassword() : undefined;
  const wish: AccountChange = {
    ...(role === undefined ? {} : { role }),
    ...(owner === undefined ? {} : { owner: owner === false ? null : owner }),
    ...(password === undefined ? {} : { password }),
    ...(made === undefined ? {} : { password: made }),
    ...(disable || enable ? { disabled: disable === true } : {}),
    ...(options.secondFactor ? {} : { totp: null }),
  };
  if (Object.keys(wish).length === 0) {
    if (options.json) return printJson(account);
    return print(...renderAccounts([account]));
  }
  const changed = await client.accounts.change(account.name, wish);
  if (options.json) return printJson(made === undefined ? changed : { ...changed, newPassword: made });
  print(plain(`Account ${JSON.stringify(account.name)} was changed, and its logins have ended.`));
  if (made !== undefined) print(`Its new password, shown this once: ${made}`);
}

async function runAccount(name: string, options: AccountOptions): Promise<void> {
  const client = await connect(options);
  if (options.remove) {
    const removed = await client.accounts.remove(name);
    if (options.json) return printJson(removed);
    return print(plain(`Account ${JSON.stringify(name)} was removed, and its logins have ended.`));
  }
  const account = await find(client, name);
  await (account === undefined ? create(client, name, options) : change(client, account, options));
}

export function define(access: Command): void {
  const command = access
    .command('account')
    .description('make, change, show or remove an account: somebody who logs in on the page')
    .argument('<name>', 'name to log in with')
    .addOption(new Option('--role <role>', 'what it may').choices(['viewer', 'operator', 'admin']))
    .option('--owner <label>', 'tenant: sees and changes only what belongs to it')
    .option('--no-owner', 'no tenant any more')
    .option('--ask-password', 'ask for its password (or read a line of stdin) instead of making one')
    .option('--new-password', 'make a new password for an account that exists')
    .option('--no-password', 'take its password away: only links let in')
    .option('--no-second-factor', 'take its second factor away (a lost telephone)')
    .option('--disable', 'nobody logs in with it')
    .option('--enable', 'somebody does again')
    .option('--remove', 'remove it');
  withClient(command, 'bridgekeeper access account alice --role operator').action(runAccount);
}
