import { randomBytes } from 'node:crypto';
import { AppError } from '../../errors/app-error.ts';
import { quoteValue } from '../../model/quote-value.ts';
import type { Actor, Asker, JournalInput } from '../../registry/journal/journal.ts';
import type { Kept } from '../../registry/kept/kept.ts';
import type { Clock } from '../../system/clock.ts';
import { type AccountOrder, checkTenant, type StoredAccount } from './account.ts';
import { InTurn } from './in-turn.ts';
import { checkPassword, type PasswordHasher } from './password.ts';

/** Accounts of one installation at most. */
const mostAccounts = 1000;

export const makeGeneration = (): string => randomBytes(9).toString('base64url');

/** What became different, without secrets. */
function describe(order: AccountOrder): string {
  const words = [
    order.role !== undefined && `role ${order.role}`,
    order.owner !== undefined && (order.owner === null ? 'no owner' : `owner ${order.owner}`),
    order.password !== undefined && (order.password === null ? 'no password' : 'a new password'),
    order.disabled !== undefined && (order.disabled ? 'disabled' : 'enabled'),
    order.totp === null && 'no second factor',
  ];
  return words.filter((word) => word !== false).join(', ');
}

function applied(account: StoredAccount, order: AccountOrder, password: string | undefined, at: number): StoredAccount {
  const { owner, password: oldPassword, passwordAt, totp, recovery, disabled, ...rest } = account;
  const newOwner = order.owner === undefined ? owner : (order.owner ?? undefined);
  const keepsPassword = order.password === undefined;
  const hash = keepsPassword ? oldPassword : password;
  const hashAt = keepsPassword ? passwordAt : hash === undefined ? undefined : at;
  const off = order.disabled ?? disabled ?? false;
  return {
    ...rest,
    role: order.role ?? account.role,
    generation: makeGeneration(),
    ...(newOwner === undefined ? {} : { owner: newOwner }),
    ...(hash === undefined ? {} : { password: hash }),
    ...(hashAt === undefined ? {} : { passwordAt: hashAt }),
    ...(order.totp === null || totp === undefined ? {} : { totp }),
    ...(order.totp === null || recovery === undefined ? {} : { recovery }),
    ...(off ? { disabled: true as const } : {}),
  };
}

/** Who logs in with a name and a password. All in memory; what changes is durable before it counts. */
export class Accounts {
  readonly #kept: Kept;
  readonly #hasher: PasswordHasher;
  readonly #clock: Clock;
  readonly #accounts: Map<string, StoredAccount>;
  /** Changes one after another: none is lost. */
  readonly #turn = new InTurn();

  private constructor(kept: Kept, hasher: PasswordHasher, clock: Clock, accounts: Map<string, StoredAccount>) {
    this.#kept = kept;
    this.#hasher = hasher;
    this.#clock = clock;
    this.#accounts = accounts;
  }

  static async open(kept: Kept, hasher: PasswordHasher, clock: Clock): Promise<Accounts> {
    const items = await kept.load<StoredAccount>('account');
    return new Accounts(kept, hasher, clock, new Map(items.map(({ id, body }) => [id, body])));
  }

  get(name: string): StoredAccount | undefined {
    return this.#accounts.get(name);
  }

  /** In the order in which they were made. */
  all(): ReadonlyMap<string, StoredAccount> {
    return this.#accounts;
  }

  /** `name` is one of `parseAccountName`. Throws `conflict` when there is one, `value-invalid` for what cannot be. */
  async create(
    name: string,
    order: AccountOrder & { role: StoredAccount['role'] },
    actor: Asker,
  ): Promise<StoredAccount> {
    return this.#turn.run(async () => {
      if (this.#accounts.has(name))
        throw new AppError('conflict', `There is an account ${quoteValue(name)} already; change it instead.`);
      if (this.#accounts.size >= mostAccounts)
        throw new AppError('conflict', `There are ${mostAccounts} accounts already, which is the most there can be.`);
      const at = this.#clock.now();
      const fresh: StoredAccount = { role: order.role, generation: makeGeneration(), at };
      const text = `Account ${quoteValue(name)} was made: ${describe(order)}.`;
      return this.#write(name, await this.#apply(name, fresh, order), actor, text);
    });
  }

  /** Ends all of its logins. Throws `not-found`, `value-invalid`. */
  async change(name: string, order: AccountOrder, actor: Asker): Promise<StoredAccount> {
    return this.#turn.run(async () => {
      const account = this.find(name);
      const text = `Account ${quoteValue(name)} was changed: ${describe(order) || 'its logins have ended'}.`;
      return this.#write(name, await this.#apply(name, account, order), actor, text);
    });
  }

  /**
   * Replaces parts of it that no login rests on (second factor, recovery codes, the same password hashed anew).
   * `next` gets the account as it is now and answers undefined to leave it so. Without `text` the journal says nothing.
   */
  async replace(
    name: string,
    next: (account: StoredAccount) => StoredAccount | undefined,
    actor: Actor,
    text?: string,
  ): Promise<boolean> {
    return this.#turn.run(async () => {
      const account = this.#accounts.get(name);
      const changed = account === undefined ? undefined : next(account);
      if (changed === undefined) return false;
      await this.#write(name, changed, actor, text);
      return true;
    });
  }

  /** Its logins are over. Throws `not-found`. */
  async remove(name: string, actor: Asker): Promise<StoredAccount> {
    return this.#turn.run(async () => {
      const account = this.find(name);
      if (actor.onlyPlan) return account;
      const text = `Account ${quoteValue(name)} was removed.`;
      await this.#kept.change('account', { remove: [name] }, [this.#entry(account, actor, text)]);
      this.#accounts.delete(name);
      return account;
    });
  }

  /** Throws `not-found`. */
  find(name: string): StoredAccount {
    const account = this.#accounts.get(name);
    if (account === undefined) throw new AppError('not-found', `There is no account ${quoteValue(name)}.`);
    return account;
  }

  async #apply(name: string, account: StoredAccount, order: AccountOrder): Promise<StoredAccount> {
    if (typeof order.password === 'string') checkPassword(order.password, name);
    checkTenant(order.role ?? account.role, order.owner === undefined ? account.owner : (order.owner ?? undefined));
    const hash = typeof order.password === 'string' ? await this.#hasher.hash(order.password) : undefined;
    return applied(account, order, hash, this.#clock.now());
  }

  async #write(name: string, account: StoredAccount, actor: Asker, text: string | undefined): Promise<StoredAccount> {
    if (actor.onlyPlan) return account;
    const journal = text === undefined ? [] : [this.#entry(account, actor, text)];
    await this.#kept.change('account', { put: [{ id: name, body: account }] }, journal);
    this.#accounts.set(name, account);
    return account;
  }

  #entry({ owner }: StoredAccount, { who, from }: Actor, text: string): JournalInput {
    const actor = { who, from };
    return { kind: 'access', text, at: this.#clock.now(), actor, ...(owner === undefined ? {} : { owners: [owner] }) };
  }
}
