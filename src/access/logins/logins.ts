import { AppError } from '../../errors/app-error.ts';
import { quoteValue } from '../../model/quote-value.ts';
import { type Actor, type Asker, itself } from '../../registry/journal/journal.ts';
import type { Kept } from '../../registry/kept/kept.ts';
import type { Clock } from '../../system/clock.ts';
import type { Principal, Role } from '../principal.ts';
import type { OnEnded, ProofReader, Shown } from '../shown.ts';
import { type AccountView, parseAccountName, type StoredAccount } from './account.ts';
import { AccountDesk } from './account-desk.ts';
import { Accounts } from './accounts.ts';
import { type Attempt, Attempts } from './attempts.ts';
import { deviceCookie, loginCookie, readCookie } from './cookies.ts';
import { Devices } from './devices.ts';
import { Links } from './links.ts';
import type { LoginView, LoginWay, NewLogin, StoredLogin } from './login.ts';
import { LoginBook, type OpenLogin } from './login-book.ts';
import { type Argon2Cost, PasswordHasher } from './password.ts';
import { SecondFactors } from './second-factors.ts';
import { keyFor } from './secrets.ts';
import { TokenBuckets } from './token-buckets.ts';

/** What logins are made of. */
export interface LoginParts {
  readonly kept: Kept;
  /** The registry's secret. */
  readonly siteKey: string;
  readonly clock: Clock;
  /** Told the id of a login that has ended: whatever is open for it shall be closed. */
  readonly onEnded?: OnEnded;
  /** Told what had to be refused, such as `account alice`, and what could not be written down. */
  readonly onTrouble?: (text: string) => void;
  readonly cost?: Argon2Cost;
}

/** Where somebody who logs in is, and what his browser says. */
export interface Visitor {
  /** Address, or `unix socket`. */
  readonly from: string;
  readonly cookie?: string | undefined;
  /** Header User-Agent. */
  readonly browser?: string | undefined;
}

/** Milliseconds between two looks for what is over. */
const sweepEvery = 30_000;

const wrong = () => new AppError('unauthenticated', 'Name, password or code is not right.');

/** A browser's name for itself, as far as it fits. */
const browserOf = ({ browser = '' }: Visitor): string => browser.replace(/\p{C}/gu, '').slice(0, 200);

/** Who logs in on the page, and who is logged in. Closed with `close`. */
export class Logins implements ProofReader {
  readonly accounts: Accounts;
  readonly desk: AccountDesk;
  readonly secondFactors: SecondFactors;
  readonly #kept: Kept;
  readonly #clock: Clock;
  readonly #book: LoginBook;
  readonly #hasher: PasswordHasher;
  readonly #attempts: Attempts;
  readonly #devices: Devices;
  readonly #links: Links;
  readonly #timer: NodeJS.Timeout;

  private constructor(parts: LoginParts, accounts: Accounts, hasher: PasswordHasher, book: LoginBook) {
    const { clock, siteKey, onTrouble = () => {} } = parts;
    const monotonic = () => clock.monotonic();
    this.#kept = parts.kept;
    this.#clock = clock;
    this.accounts = accounts;
    this.desk = new AccountDesk(accounts, this);
    this.secondFactors = new SecondFactors(accounts, clock);
    this.#book = book;
    this.#hasher = hasher;
    const journal = new TokenBuckets({ capacity: 20, every: 60_000 }, monotonic);
    this.#attempts = new Attempts(monotonic, (what) => {
      onTrouble(`too many wrong logins: ${what}`);
      // Whoever guesses from everywhere shall not fill the journal.
      if (journal.take('') > 0) return;
      this.#note(`Too many wrong logins: ${what}; further ones are refused for a time.`, itself, 'login').catch(
        (error: Error) => onTrouble(`the journal cannot be written: ${error.message}`),
      );
    });
    this.#devices = new Devices(keyFor(siteKey, 'device cookie'), clock);
    this.#links = new Links(monotonic);
    this.#timer = setInterval(() => {
      this.sweep().catch((error: Error) => onTrouble(`logins cannot be written down: ${error.message}`));
    }, sweepEvery).unref();
  }

  static async open(parts: LoginParts): Promise<Logins> {
    const { kept, clock, onEnded = () => {} } = parts;
    const hasher = new PasswordHasher(parts.cost);
    const accounts = await Accounts.open(kept, hasher, clock);
    const logins = new Logins(parts, accounts, hasher, await LoginBook.open(kept, clock, onEnded));
    await logins.sweep();
    return logins;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** Ends what is over. */
  sweep(): Promise<void> {
    return this.#book.sweep((stored) => this.#grantOf(stored) !== undefined);
  }

  /** The principal of a login's cookie. Throws `unauthenticated` for a login that has ended. */
  read({ cookie, from }: Shown): Principal | undefined {
    const value = readCookie(cookie, loginCookie);
    if (value === undefined) return undefined;
    const login = this.#book.use(value);
    const grant = login && this.#grantOf(login.stored);
    if (login === undefined || grant === undefined)
      throw new AppError('unauthenticated', 'The login has ended; log in again.');
    return { name: login.stored.name, ...grant, proof: 'login', id: login.id, from, until: login.until };
  }

  /**
   * Throws `unauthenticated` for what is not right, with `details.needs: 'code'` when only the second factor is missing,
   * and `too-many-requests` for guessing. Neither answer nor time tells whether there is such an account.
   */
  async logIn(
    order: { name: string; password: string; code?: string | undefined },
    visitor: Visitor,
  ): Promise<NewLogin> {
    const typed = order.name.trim().toLowerCase().slice(0, 64);
    const account = this.accounts.get(typed);
    const device = this.#devices.known(readCookie(visitor.cookie, deviceCookie), typed, account);
    const attempt = this.#attempts.begin({
      from: visitor.from,
      account: typed,
      known: account !== undefined,
      ...(device === undefined ? {} : { device }),
    });
    const right = await this.#hasher.verify(account?.password, order.password, device !== undefined);
    // What was disabled, removed or changed meanwhile counts no more.
    if (
      !right ||
      account === undefined ||
      account.disabled ||
      this.accounts.get(typed)?.generation !== account.generation
    )
      throw wrong();
    await this.#secondFactor(typed, account, order.code, visitor, attempt);
    attempt.succeeded();
    if (account.password !== undefined && this.#hasher.isOutdated(account.password))
      // Not now is soon enough.
      await this.#hashAnew(typed, account.password, order.password).catch(() => {});
    return this.#beginForAccount(typed, account.generation, 'password', visitor, 'with a password');
  }

  /** A token that lets `guest` in once: an account, or whoever asks for it. Throws `not-found`. */
  async link(guest: { account: string } | { name: string; role: Role; owner?: string }, actor: Actor): Promise<string> {
    const named = (name: string) => this.#note(`A link was made that lets ${quoteValue(name)} in once.`, actor);
    if (!('account' in guest)) {
      await named(guest.name);
      return this.#links.make(guest, actor.who);
    }
    const name = parseAccountName(guest.account);
    const { generation, disabled } = this.accounts.find(name);
    if (disabled) throw new AppError('conflict', `Account ${quoteValue(name)} is disabled; enable it first.`);
    await named(name);
    return this.#links.make({ account: name, generation }, actor.who);
  }

  /** Lets somebody in with a link. A link stands for a password: an account's second factor is asked for all the same. */
  async logInByLink(order: { token: string; code?: string | undefined }, visitor: Visitor): Promise<NewLogin> {
    const attempt = this.#attempts.begin({ from: visitor.from });
    return this.#links.take(order.token, async (guest, madeBy) => {
      const how = `with a link that ${quoteValue(madeBy)} made`;
      if (!('account' in guest)) {
        const login = await this.begin(guest, 'link', visitor, how);
        attempt.succeeded();
        return login;
      }
      const account = this.accounts.get(guest.account);
      if (account === undefined || account.generation !== guest.generation || account.disabled) throw wrong();
      await this.#secondFactor(guest.account, account, order.code, visitor, attempt);
      attempt.succeeded();
      return this.#beginForAccount(guest.account, account.generation, 'link', visitor, how);
    });
  }

  /** What somebody tries to come in with; failing counts as a wrong log-in. */
  async tryFrom<T>(visitor: Visitor, work: () => Promise<T>): Promise<T> {
    const attempt = this.#attempts.begin({ from: visitor.from });
    const result = await work();
    attempt.succeeded();
    return result;
  }

  /** A login that rests on no account: somebody else knows who it is. */
  async begin(
    { name, role, owner }: { name: string; role: Role; owner?: string },
    way: LoginWay,
    visitor: Visitor,
    how: string,
  ): Promise<NewLogin> {
    const grant = { role, ...(owner === undefined ? {} : { owner }) };
    return { ...(await this.#begin({ name, grant, way }, visitor, how)) };
  }

  /** Whether it is the password of the account; guesses count as those of a log-in do. */
  async confirmPassword(name: string, password: string, visitor: Visitor): Promise<void> {
    const account = this.accounts.find(name);
    const attempt = this.#attempts.begin({ from: visitor.from, account: name, device: `confirm ${name}` });
    if (!(await this.#hasher.verify(account.password, password)))
      throw new AppError('forbidden', 'The present password is not right.');
    attempt.succeeded();
  }

  /** The same with the code of the second factor where there is one: whoever has only the password cannot replace it. */
  async confirmProof(
    name: string,
    { password, code }: { password: string; code?: string | undefined },
    visitor: Visitor,
  ): Promise<void> {
    const account = this.accounts.find(name);
    const attempt = this.#attempts.begin({ from: visitor.from, account: name, device: `confirm ${name}` });
    const right = await this.#hasher.verify(account.password, password);
    const actor = { who: name, from: visitor.from };
    const proven = right && (account.totp === undefined || (await this.secondFactors.accept(name, code ?? '', actor)));
    if (!proven) throw new AppError('forbidden', 'Password or code is not right.');
    attempt.succeeded();
  }

  /** A new password of one's own: all logins of the account end, and this one begins anew. */
  async changePassword(name: string, password: string, visitor: Visitor): Promise<NewLogin> {
    await this.accounts.change(name, { password }, { who: name, from: visitor.from });
    await this.sweep();
    return this.#beginForAccount(name, this.accounts.find(name).generation, 'password', visitor, 'with a new password');
  }

  /** The account that a login rests on. */
  accountOf(id: string | undefined): AccountView | undefined {
    const { name, account } = (id === undefined ? undefined : this.#book.find(id)?.stored) ?? {};
    return name === undefined || account === undefined || this.accounts.get(name) === undefined
      ? undefined
      : this.desk.show(name, 0);
  }

  /** Those of `name`, or all. */
  list(name?: string): LoginView[] {
    return this.#book.list().flatMap((open) => {
      const view = name === undefined || open.stored.name === name ? this.#viewOf(open) : undefined;
      return view === undefined ? [] : [view];
    });
  }

  /** Those of whoever has this login: an account's are not those of somebody of the same name without one. */
  ownLogins(id: string | undefined): LoginView[] {
    const own = id === undefined ? undefined : this.#book.find(id)?.stored;
    if (own === undefined) return [];
    const isAccount = own.account !== undefined;
    return this.#book.list().flatMap((open) => {
      const same = open.stored.name === own.name && (open.stored.account !== undefined) === isAccount;
      const view = same ? this.#viewOf(open) : undefined;
      return view === undefined ? [] : [view];
    });
  }

  /** Throws `not-found`. */
  async end(id: string, { who, from, onlyPlan }: Asker, among = this.list()): Promise<LoginView> {
    const login = among.find((candidate) => candidate.id === id);
    if (login === undefined) throw new AppError('not-found', `There is no login ${quoteValue(id)}.`);
    if (onlyPlan) return login;
    const actor = { who, from };
    await this.#book.end([id], actor, `The login ${quoteValue(id)} of ${quoteValue(login.name)} was ended.`);
    return login;
  }

  #note(text: string, actor: Actor, kind = 'access'): Promise<void> {
    return this.#kept.change('login', {}, [{ kind, text, at: this.#clock.now(), actor }]);
  }

  #viewOf({ id, stored, usedAt, until }: OpenLogin): LoginView | undefined {
    const grant = this.#grantOf(stored);
    const { name, way, from, browser, at } = stored;
    return grant && { id, name, ...grant, way, from, browser, at, usedAt, until };
  }

  /** What a login may, as its account says now; undefined when the account is gone or not what it was. */
  #grantOf({ name, account, grant }: StoredLogin): { role: Role; owner?: string } | undefined {
    if (account === undefined) return grant;
    const now = this.accounts.get(name);
    if (now === undefined || now.disabled || now.generation !== account.generation) return undefined;
    return { role: now.role, ...(now.owner === undefined ? {} : { owner: now.owner }) };
  }

  async #secondFactor(
    name: string,
    account: StoredAccount,
    code: string | undefined,
    visitor: Visitor,
    attempt: Attempt,
  ): Promise<void> {
    if (account.totp === undefined) return;
    if (code === undefined || code.trim() === '') {
      // Nothing was guessed: the rest comes with the next request.
      attempt.succeeded();
      throw new AppError('unauthenticated', 'The code of the second factor is missing.', {
        details: { needs: 'code' },
      });
    }
    if (!(await this.secondFactors.accept(name, code, { who: name, from: visitor.from }))) throw wrong();
  }

  /** Costs grow with the years: the same password, at what a hash costs now. Its logins go on. */
  async #hashAnew(name: string, old: string, password: string): Promise<void> {
    const hash = await this.#hasher.hash(password);
    const next = (account: StoredAccount) => (account.password === old ? { ...account, password: hash } : undefined);
    await this.accounts.replace(name, next, { who: name, from: 'this host' });
  }

  async #beginForAccount(
    name: string,
    generation: string,
    way: LoginWay,
    visitor: Visitor,
    how: string,
  ): Promise<NewLogin> {
    const begun = await this.#begin({ name, account: { generation }, way }, visitor, how);
    const account = this.accounts.get(name);
    return account === undefined ? begun : { ...begun, device: this.#devices.make(name, account) };
  }

  async #begin(
    login: Pick<StoredLogin, 'name' | 'account' | 'grant' | 'way'>,
    visitor: Visitor,
    how: string,
  ): Promise<NewLogin> {
    const { from } = visitor;
    const text = `${quoteValue(login.name)} logged in ${how}.`;
    const actor = { who: login.name, from };
    const [id, cookie] = await this.#book.begin({ ...login, from, browser: browserOf(visitor) }, actor, text);
    const open = this.#book.find(id);
    const view = open && this.#viewOf(open);
    // Its account was changed or removed meanwhile.
    if (view === undefined) throw wrong();
    return { login: view, cookie };
  }
}
