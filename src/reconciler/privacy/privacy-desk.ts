import { AppError } from '../../errors/app-error.ts';
import type { MacAddress } from '../../model/mac-address.ts';
import { defaultPrivacy, type Privacy as PrivacySettings } from '../../model/retention-schema.ts';
import type { Site } from '../../model/site.ts';
import type { Asker } from '../../registry/journal/journal.ts';
import type { PersonalData } from '../../registry/privacy/personal-data.ts';
import type { Erasure, ErasureReport, OwnerRecord, PeriodState, Privacy, Traces } from './contract.ts';

export interface PrivacyParts {
  readonly data: PersonalData;
  now(): number;
  site(): Site | undefined;
  /** Services forget what they remember of these addresses. */
  forget(macs: readonly MacAddress[]): Promise<void>;
  /** What was noticed about an owner who was erased is not told of any more. */
  forgetEvents(owner: string): void;
  /** Runs work that no change of the site may come between; throws `confirmation-pending`. */
  alone<T>(work: () => Promise<T>): Promise<T>;
}

export class PrivacyDesk implements Privacy {
  readonly #parts: PrivacyParts;

  constructor(parts: PrivacyParts) {
    this.#parts = parts;
  }

  show(owner: string): AsyncIterable<OwnerRecord> {
    return this.#parts.data.show(owner);
  }

  async plan(owner: string): Promise<Erasure> {
    const erasure = await this.#parts.data.plan(owner, this.#request());
    refuseNothing(erasure);
    return erasure;
  }

  erase(owner: string, actor: Asker): Promise<ErasureReport> {
    return this.#parts.alone(async () => {
      const erasure = await this.plan(owner);
      if (actor.onlyPlan) return { ...erasure, traces: nothingLookedAt };
      // Before the entries go: what is written of them afterwards would stay.
      this.#parts.forgetEvents(owner);
      return this.#parts.data.erase(owner, { ...this.#request(), actor, forget: this.#parts.forget });
    });
  }

  periods(): Promise<PeriodState[]> {
    return this.#parts.data.periods(this.#parts.now());
  }

  forgetPeriod(id: string, actor: Asker): Promise<PeriodState> {
    if (actor.onlyPlan) return this.#parts.data.planForgetting(id, this.#parts.now());
    return this.#parts.data.forgetPeriod(id, { now: this.#parts.now(), actor });
  }

  #request(): { privacy: PrivacySettings; now: number } {
    return { privacy: this.#parts.site()?.privacy ?? defaultPrivacy, now: this.#parts.now() };
  }
}

const nothingLookedAt: Traces = { macs: 0, files: 0, bytes: 0, scrubbed: [], left: [] };

function refuseNothing(erasure: Erasure): void {
  const { owner, leases, journal, objects, portBlocks, holdings, requests, rotations, seen, keptCount } = erasure;
  if (leases + journal + objects + portBlocks + holdings + requests + rotations + seen + keptCount > 0) return;
  throw new AppError('not-found', `nothing is stored about owner "${owner}" that could be erased`);
}
