import type { QuotaKey } from '../../model/owners-schema.ts';

/** How much of something an owner has, and may have. */
export interface QuotaUse {
  readonly used: number;
  /** Absent: the site says nothing of it, so its tenant cannot add any. */
  readonly most?: number;
}

/** An owner and its quota. */
export interface OwnerView {
  readonly name: string;
  /** Segments that its tenant may put NICs into. */
  readonly segments: readonly string[];
  /** Ports of the shared address that its tenant may publish, `30000-30099`; absent: those from 1024 on that are free. */
  readonly ports?: readonly string[];
  readonly quota: Readonly<Record<QuotaKey, QuotaUse>>;
}

/** Owners: those of `owners` in the site, and those that guests name. Methods reject with an AppError. */
export interface Owners {
  /** By name. */
  list(): Promise<OwnerView[]>;
}
