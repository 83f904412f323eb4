import type { DesiredState } from '../../model/desired-state.ts';
import { type ForeignChain, foreignFirewallNotices, readForeignChains } from './foreign-firewalls.ts';

/** Chains of others that drop by default, read again only after somebody changed rules. */
export class ForeignWatch {
  readonly #generation: () => number;
  /** As of a generation of the kernel's rules. */
  #seen: { readonly generation: number; readonly chains: readonly ForeignChain[] } | undefined;

  /** `generation`: the kernel's of all rules, whoever made them. */
  constructor(generation: () => number) {
    this.#generation = generation;
  }

  async look(): Promise<void> {
    const generation = this.#generation();
    if (this.#seen?.generation === generation) return;
    this.#seen = { generation, chains: await readForeignChains() };
  }

  /** What the user should know of them, as of the last look. */
  notices(applied: DesiredState | null | undefined): string[] {
    const segments = [...(applied?.segments.values() ?? [])];
    const ipv6 = segments.filter(({ subnet6 }) => subnet6 !== undefined);
    return foreignFirewallNotices(
      this.#seen?.chains ?? [],
      segments.map(({ bridge }) => bridge),
      new Set(ipv6.map(({ bridge }) => bridge)),
    );
  }
}
