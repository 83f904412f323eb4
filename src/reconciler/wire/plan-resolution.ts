import { AppError } from '../../errors/app-error.ts';
import { type MacAddress, macFromInteger } from '../../model/mac-address.ts';
import { quoteValue } from '../../model/quote-value.ts';
import { nicId, type Site } from '../../model/site.ts';
import type { Lease } from '../../registry/leases/leases.ts';
import type { Conflict, SeenEntry } from '../../registry/seen/seen.ts';
import type { Resolution } from './contract.ts';
import { freshFor } from './find-conflicts.ts';

export interface NicName {
  readonly guest: string;
  readonly nic: number;
}

/** What will be done, and in words. */
export type ResolutionPlan = { readonly how: Resolution; readonly mac: MacAddress; readonly lines: string[] } & (
  | { readonly how: 'rotate'; readonly conflict: Conflict; readonly nic: NicName }
  | { readonly how: 'keep'; readonly conflict: Conflict }
  | { readonly how: 'adopt'; readonly nic: NicName; readonly comment: string }
  | { readonly how: 'forget' }
);

/** What is known of the address at hand. */
export interface ResolutionFacts {
  readonly mac: number;
  readonly site: Site | undefined;
  readonly lease: Lease | undefined;
  readonly conflict: Conflict | undefined;
  /** Ports first, the latest first. */
  readonly entries: readonly SeenEntry[];
  /** Where it is now: what the host shows, and what others said within minutes. */
  readonly present: readonly { readonly host: string; readonly device: string; readonly at: number }[];
  readonly now: number;
}

const refuse = (text: string): never => {
  throw new AppError('conflict', text);
};

const place = ({ host, device }: { host?: string; device?: string }): string =>
  device === undefined ? 'no port' : `port "${device}" of host "${host}"`;

/** Reads `web1/0`; `web1` is its first NIC. */
export function readNic(text: string): NicName {
  const match = /^([^/]{1,63})(?:\/(\d{1,4}))?$/.exec(text);
  if (!match) throw new AppError('value-invalid', `NIC ${quoteValue(text)} is not of the form "guest/0"`);
  return { guest: match[1] as string, nic: Number(match[2] ?? 0) };
}

const siteNic = (site: Site | undefined, { guest, nic }: NicName) =>
  site?.guests.find(({ name }) => name === guest)?.nics[nic];

/** Pure. Throws `conflict` when that way is not open, and says which ways are. */
export function planResolution(how: Resolution, facts: ResolutionFacts, nic: string | undefined): ResolutionPlan {
  switch (how) {
    case 'rotate':
      return planRotate(facts);
    case 'keep':
      return planKeep(facts);
    case 'adopt':
      return planAdopt(facts, nic);
    case 'forget':
      return planForget(facts);
  }
}

function conflictOf({ conflict, mac }: ResolutionFacts): Conflict {
  if (conflict !== undefined) return conflict;
  throw new AppError('not-found', `MAC address "${macFromInteger(mac)}" is in no conflict; see \`mac conflicts\``);
}

function planRotate(facts: ResolutionFacts): ResolutionPlan {
  const conflict = conflictOf(facts);
  const mac = macFromInteger(facts.mac);
  const { lease, site } = facts;
  if (lease?.guest === undefined || lease.source !== 'site') {
    return refuse(
      `MAC address "${mac}" is held by ${conflict.holder}, which no NIC of the site is, so Bridgekeeper cannot move it to another one; lease another address for it and release this one, or say --keep`,
    );
  }
  const nic = { guest: lease.guest, nic: lease.nic ?? 0 };
  if (siteNic(site, nic)?.mac !== undefined) {
    return refuse(
      `MAC address "${mac}" of NIC "${nicId(nic.guest, nic.nic)}" is written in the site, so it cannot be rotated; write another one there (or none) and apply, or say --keep`,
    );
  }
  return {
    how: 'rotate',
    mac,
    conflict,
    nic,
    lines: [
      `NIC "${conflict.holder}" gets a new MAC address from its pool in place of ${mac}. Both may be used until the guest has moved; then ${mac} retires.`,
      `The other machine, at ${place({ host: conflict.otherHost, device: conflict.otherDevice })}, keeps ${mac}. Nobody is handed it while it is seen.`,
    ],
  };
}

function planKeep(facts: ResolutionFacts): ResolutionPlan {
  const conflict = conflictOf(facts);
  const mac = macFromInteger(facts.mac);
  const { holder, otherHost, otherDevice } = conflict;
  return {
    how: 'keep',
    mac,
    conflict,
    lines: [
      `Conflict ${conflict.id} is acknowledged: ${mac} of ${holder} may be at ${place({ host: otherHost, device: otherDevice })}, too. It is no longer warned of.`,
      'Nothing else changes: no lease, and no rule of the guard.',
    ],
  };
}

function strangerOf({ mac, lease, entries }: ResolutionFacts): MacAddress {
  const text = macFromInteger(mac);
  if (lease !== undefined) {
    const holder = lease.guest === undefined ? `lease ${lease.id}` : `NIC "${nicId(lease.guest, lease.nic ?? 0)}"`;
    return refuse(`MAC address "${text}" is no stranger: ${holder} holds it; expected --rotate or --keep`);
  }
  if (entries.length === 0) {
    throw new AppError('not-found', `MAC address "${text}" was not seen anywhere; see \`mac seen\``);
  }
  return text;
}

function planAdopt(facts: ResolutionFacts, name: string | undefined): ResolutionPlan {
  const mac = strangerOf(facts);
  if (name === undefined) throw new AppError('value-invalid', 'No NIC is named that adopts it; expected "guest/0"');
  const nic = readNic(name);
  if (siteNic(facts.site, nic) !== undefined) {
    return refuse(
      `NIC "${nicId(nic.guest, nic.nic)}" belongs to the site, which says what MAC address it has; write \`mac: "${mac}"\` there and apply`,
    );
  }
  const [entry] = facts.entries as [SeenEntry];
  const comment = `seen at ${place(entry)}`;
  return {
    how: 'adopt',
    mac,
    nic,
    comment,
    lines: [`MAC address ${mac}, ${comment}, is leased to NIC "${nicId(nic.guest, nic.nic)}" from now on.`],
  };
}

function planForget(facts: ResolutionFacts): ResolutionPlan {
  const mac = strangerOf(facts);
  const [here] = facts.present.filter(({ at }) => at > facts.now - freshFor).sort((a, b) => b.at - a.at);
  if (here !== undefined) {
    const seconds = Math.max(0, Math.round((facts.now - here.at) / 1000));
    return refuse(
      `MAC address "${mac}" is still there: it was seen ${seconds} s ago at ${place(here)}; expected nothing of it for ${freshFor / 1000} s`,
    );
  }
  return {
    how: 'forget',
    mac,
    lines: [
      `What was seen of ${mac} (${facts.entries.map(place).join(', ')}) is forgotten. From then on the address may be handed out.`,
    ],
  };
}
