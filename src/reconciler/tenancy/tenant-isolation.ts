import { quoteValue } from '../../model/quote-value.ts';
import { nicId } from '../../model/site.ts';
import { type Asker, itself } from '../../registry/journal/journal.ts';
import type { Isolation, IsolationOrder, IsolationView } from '../isolation/contract.ts';
import { blindly, tellTenant } from './blind-failures.ts';
import type { OwnSite } from './own-site.ts';

interface IsolationParts {
  readonly isolation: Isolation;
  readonly owner: string;
  readonly own: () => OwnSite;
  readonly nameOf: (who: string) => string;
}

/** Isolations of the owner's NICs. What others cut off it sees, and cannot let go. */
export class TenantIsolation implements Isolation {
  readonly #parts: IsolationParts;

  constructor(parts: IsolationParts) {
    this.#parts = parts;
  }

  isolate(order: IsolationOrder, actor: Asker): Promise<IsolationView[]> {
    return this.#do(order, () => this.#parts.isolation.isolate(order, this.#asker(actor)));
  }

  list(): Promise<IsolationView[]> {
    return blindly(async () => this.#shown(await this.#parts.isolation.list()));
  }

  undo(choice: { readonly guest: string; readonly nic?: number }, actor: Asker): Promise<IsolationView[]> {
    return this.#do(choice, async () => {
      const { guest, nic } = choice;
      const isMeant = (view: IsolationView): boolean =>
        view.guest === guest && (nic === undefined || view.nic === nicId(guest, nic));
      if (!this.#shown(await this.#parts.isolation.list()).some(isMeant))
        throw tellTenant(
          'not-found',
          `${nic === undefined ? 'no NIC of ' : ''}${wordsOf(choice)} is ${nic === undefined ? '' : 'not '}isolated`,
        );
      return this.#parts.isolation.undo(choice, this.#asker(actor));
    });
  }

  /** `value-invalid` is about the order, `conflict` about NICs of the guest: others cut them off. */
  #do(
    choice: { readonly guest: string; readonly nic?: number },
    work: () => Promise<IsolationView[]>,
  ): Promise<IsolationView[]> {
    return blindly(async () => {
      const found = this.#parts.own().guests.get(choice.guest);
      if (found === undefined || (choice.nic !== undefined && found.nics[choice.nic] === undefined))
        throw tellTenant('not-found', `there is no ${wordsOf(choice)}`);
      return this.#shown(await work());
    }, ['value-invalid', 'conflict']);
  }

  #asker(actor: Asker): Asker {
    return { ...actor, who: this.#parts.nameOf(actor.who), tenant: this.#parts.owner };
  }

  #shown(views: readonly IsolationView[]): IsolationView[] {
    const { guests } = this.#parts.own();
    return views.flatMap((view) => {
      if (!guests.has(view.guest)) return [];
      if (view.tenant) return [view];
      // A rule's reason is the text of an alert, an operator's what he wrote: either may name somebody else.
      const who = view.who === itself.who ? view.who : 'operator';
      return [{ ...view, who, reason: who === itself.who ? 'by a rule' : 'by an operator' }];
    });
  }
}

const wordsOf = ({ guest, nic }: { readonly guest: string; readonly nic?: number }): string =>
  nic === undefined ? `guest ${quoteValue(guest)}` : `NIC ${quoteValue(nicId(guest, nic))}`;
