import type { Ipv4Address, Ipv6Address } from './ip-address.ts';
import type { MacAddress } from './mac-address.ts';
import type { Label } from './names.ts';

/** A NIC as another tool describes it (`src/importers`). Names are as that tool writes them: any text. */
export interface ImportedNic {
  /** Where it stands, for messages: `line 12`, `NetworkInterfaces[3]`, `domain "web", interface 2`. */
  readonly where: string;
  readonly mac: MacAddress;
  /** Absent for a NIC of nobody, such as one that is not plugged in anywhere. */
  readonly guest?: string;
  /** Index within the guest. */
  readonly nic: number;
  readonly ipv4: readonly Ipv4Address[];
  readonly ipv6: readonly Ipv6Address[];
  /** Bridge, network, switch or subnet that it is plugged into. */
  readonly network?: string;
  /** Segment of this site, where the text says that it is one: a table with a column of that name. */
  readonly segment?: Label;
  /** Project, tenant or account. */
  readonly owner?: string;
  /** `running`, `in-use`, … */
  readonly state?: string;
}

/** A part of the text that could not be read, or holds nothing that could be taken over; the rest was read. */
export interface ImportMistake {
  readonly where: string;
  /** A whole sentence. */
  readonly message: string;
}

/**
 * One address that the registry is asked to take over (`macs.import`): it is held from then on like any other, wherever
 * it lies. Names are labels here. IP addresses only come with a segment.
 */
export interface ImportItem {
  readonly where: string;
  readonly mac: string;
  readonly guest?: string;
  /** 0 unless given. */
  readonly nic?: number;
  readonly owner?: string;
  readonly segment?: string;
  readonly ip4?: string;
  readonly ip6?: string;
  /** Where it comes from, and what its tool calls guest and network. */
  readonly comment?: string;
}

export interface ImportRequest {
  readonly items: readonly ImportItem[];
  /** Only say what would happen. */
  readonly dryRun?: boolean;
  /** Take what can be taken. Without it, one conflict is a failure (`conflict`) and nothing is taken. */
  readonly skipConflicts?: boolean;
}

/**
 * What became, or would become, of one item. `taken`: it is held now. `known`: this very NIC holds this very address
 * already. `conflict`: somebody else holds the address, or the NIC holds another, or an earlier item wants the same;
 * nothing was changed about it.
 */
export interface ImportOutcome {
  readonly where: string;
  readonly mac: string;
  readonly outcome: 'taken' | 'known' | 'conflict';
  /** The lease that holds it; absent in a dry run for what would be taken. */
  readonly lease?: number;
  /** Of a conflict: with whom, a whole sentence that names both. */
  readonly conflict?: string;
}

/**
 * All that can be taken is taken in one transaction; conflicts are named. Importing the same again is harmless: what was
 * taken is known then.
 */
export interface ImportAnswer {
  readonly dryRun: boolean;
  /** In the order of the items. */
  readonly outcomes: ImportOutcome[];
}
