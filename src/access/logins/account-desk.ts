import { makePassword } from '../../model/make-password.ts';
import type { Asker } from '../../registry/journal/journal.ts';
import type { Role } from '../principal.ts';
import { type AccountOrder, type AccountView, parseAccountName, viewOf } from './account.ts';
import type { Accounts } from './accounts.ts';
import type { LoginView } from './login.ts';

/** What the desk needs to know of logins. */
interface OpenLogins {
  list(name?: string): LoginView[];
  /** Ends what stands on nothing any more. */
  sweep(): Promise<void>;
}

/** Where accounts are made, changed, shown and removed. */
export class AccountDesk {
  readonly #accounts: Accounts;
  readonly #logins: OpenLogins;

  constructor(accounts: Accounts, logins: OpenLogins) {
    this.#accounts = accounts;
    this.#logins = logins;
  }

  /** Answers the password if one was made (`password: undefined`). Throws `conflict`, `value-invalid`. */
  async create(
    order: { name: string; role: Role; owner?: string; password?: string | null },
    actor: Asker,
  ): Promise<{ account: AccountView; password?: string }> {
    const name = parseAccountName(order.name);
    const made = order.password === undefined ? makePassword() : undefined;
    const account = await this.#accounts.create(name, { ...order, password: made ?? order.password ?? null }, actor);
    return { account: viewOf(name, account, 0), ...(made === undefined || actor.onlyPlan ? {} : { password: made }) };
  }

  /** Its logins end. Throws `not-found`, `value-invalid`. */
  async change(name: string, order: AccountOrder, actor: Asker): Promise<AccountView> {
    const account = await this.#accounts.change(name, order, actor);
    await this.#logins.sweep();
    return viewOf(name, account, 0);
  }

  /** Its logins end. Throws `not-found`. */
  async remove(name: string, actor: Asker): Promise<AccountView> {
    const account = await this.#accounts.remove(name, actor);
    await this.#logins.sweep();
    return viewOf(name, account, 0);
  }

  /** In the order in which they were made. */
  all(): AccountView[] {
    const counts = new Map<string, number>();
    for (const { name } of this.#logins.list()) counts.set(name, (counts.get(name) ?? 0) + 1);
    return [...this.#accounts.all().keys()].map((name) => this.show(name, counts.get(name) ?? 0));
  }

  /** Throws `not-found`. */
  show(name: string, logins = this.#logins.list(name).length): AccountView {
    return viewOf(name, this.#accounts.find(name), logins);
  }
}
