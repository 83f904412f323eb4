import { AppError } from '../../errors/app-error.ts';
import type { Actor } from '../../registry/journal/journal.ts';
import type { Clock } from '../../system/clock.ts';
import type { StoredAccount } from './account.ts';
import type { Accounts } from './accounts.ts';
import {
  acceptCode,
  acceptRecoveryCode,
  makeRecoveryCodes,
  makeTotp,
  type StoredTotp,
  totpUri,
} from './second-factor.ts';

/** Milliseconds in which an app must show that it has the secret. */
const proposalTime = 10 * 60_000;

/** Codes from a telephone as second factor (TOTP, RFC 6238), with recovery codes. */
export class SecondFactors {
  readonly #accounts: Accounts;
  readonly #clock: Clock;
  /** Secrets that no app has shown to have yet, by account: one each, so bounded like the accounts. */
  readonly #proposals = new Map<string, { totp: StoredTotp; until: number }>();

  constructor(accounts: Accounts, clock: Clock) {
    this.#accounts = accounts;
    this.#clock = clock;
  }

  /** A new secret for an app. Nothing changes before `confirm`. */
  propose(name: string, site: string): { secret: string; uri: string } {
    this.#accounts.find(name);
    const totp = makeTotp();
    this.#proposals.set(name, { totp, until: this.#clock.monotonic() + proposalTime });
    return { secret: totp.secret, uri: totpUri(totp, name, site) };
  }

  /** From now on a code is asked for. Answers the recovery codes, this once. Throws `value-invalid`, `not-found`. */
  async confirm(name: string, code: string, actor: Actor): Promise<string[]> {
    const proposal = this.#proposals.get(name);
    if (proposal === undefined || proposal.until < this.#clock.monotonic())
      throw new AppError(
        'not-found',
        'No second factor is being set up, or it took longer than 10 minutes; begin again.',
      );
    const totp = acceptCode(proposal.totp, code, this.#clock.now());
    if (totp === undefined)
      throw new AppError(
        'value-invalid',
        'The code is not the one that the app shows for this secret; compare the clocks of telephone and host.',
      );
    const { codes, hashes } = makeRecoveryCodes();
    const next = (account: StoredAccount) => ({ ...account, totp, recovery: hashes });
    if (!(await this.#accounts.replace(name, next, actor, `Account "${name}" has a second factor now.`)))
      throw new AppError('not-found', `There is no account "${name}".`);
    this.#proposals.delete(name);
    return codes;
  }

  async remove(name: string, actor: Actor): Promise<void> {
    const next = ({ totp: _totp, recovery: _recovery, ...account }: StoredAccount): StoredAccount => account;
    await this.#accounts.replace(name, next, actor, `Account "${name}" has no second factor any more.`);
  }

  /** Whether it is the app's code or a recovery code; it is used up with that, durably. */
  async accept(name: string, code: string, actor: Actor): Promise<boolean> {
    const now = this.#clock.now();
    const byApp = await this.#accounts.replace(
      name,
      (account) => {
        const totp = account.totp && acceptCode(account.totp, code, now);
        return totp && { ...account, totp };
      },
      actor,
    );
    if (byApp) return true;
    const byRecovery = (account: StoredAccount): StoredAccount | undefined => {
      const recovery = account.totp && acceptRecoveryCode(account.recovery ?? [], code);
      return recovery && { ...account, recovery };
    };
    return this.#accounts.replace(name, byRecovery, actor, `A recovery code of account "${name}" was used.`);
  }
}
