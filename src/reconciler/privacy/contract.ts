import type { Asker } from '../../registry/journal/journal.ts';
import type { Erasure, KeptLease, OwnerRecord, PeriodState, Traces } from '../../registry/privacy/personal-data.ts';

export type { Erasure, KeptLease, OwnerRecord, PeriodState, Traces };

/** What was taken out, and what was looked at to be sure. */
export type ErasureReport = Erasure & { readonly traces: Traces };

/** What is stored about owners (GDPR articles 15 and 17). Every method rejects with an AppError. */
export interface Privacy {
  /** Everything that is stored about an owner, thing by thing; nothing for an unknown one. */
  show(owner: string): AsyncIterable<OwnerRecord>;
  /** What `erase` would take out, and what stays. `not-found` when nothing is stored about the owner. */
  plan(owner: string): Promise<Erasure>;
  /**
   * Takes out everything that the law does not oblige to keep (`privacy.keep` of the site) but leases that are held or
   * rest; afterwards no file of the state directory holds their MAC addresses. Journals that it was done, not whose
   * data it was. `not-found` as above; `confirmation-pending` while a change waits to be confirmed.
   */
  erase(owner: string, actor: Asker): Promise<ErasureReport>;
  /** Periods of pseudonyms, oldest first. */
  periods(): Promise<PeriodState[]>;
  /** Destroys the key of a period that is over: it is anonymous for good. `not-found`, `conflict` while it lasts. */
  forgetPeriod(id: string, actor: Asker): Promise<PeriodState>;
}
