import type { LabelsOf, MetricName } from './definitions.ts';

/** Labels as one object for many samples: prom-client renders each object once. */
export type SharedLabels = Readonly<Record<string, string>>;

/** One value, in the form of prom-client's registry. */
export interface Sample {
  readonly value: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly sharedLabels?: SharedLabels;
}

const none: Readonly<Record<string, string>> = {};

/** What one look found, by metric. */
export class Samples {
  readonly #byName = new Map<MetricName, Sample[]>();

  /** `shared`: labels that many samples have, always the same object for the same labels. */
  add<Name extends MetricName>(name: Name, value: number, labels?: LabelsOf<Name>, shared?: SharedLabels): void {
    const sample: Sample = {
      value,
      labels: (labels ?? none) as Readonly<Record<string, string>>,
      ...(shared === undefined ? {} : { sharedLabels: shared }),
    };
    const held = this.#byName.get(name);
    if (held === undefined) this.#byName.set(name, [sample]);
    else held.push(sample);
  }

  of(name: MetricName): readonly Sample[] {
    return this.#byName.get(name) ?? [];
  }
}

/** Adds to a count by key. */
export function countUp<Key>(counts: Map<Key, number>, key: Key, by = 1): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}
