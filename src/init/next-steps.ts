import type { Findings } from './findings.ts';
import type { PlannedSite } from './site-file/plan-site-file.ts';
import { remedies } from './site-file/remedies.ts';

/** What `init` found and wrote, for people and as JSON. */
export interface FirstSiteSummary {
  readonly file: string;
  readonly site: string;
  readonly uplink: { readonly interface: string; readonly shared: readonly string[]; readonly notPublic?: string };
  readonly segment: {
    readonly name: string;
    readonly bridge: string;
    readonly subnet: string;
    readonly subnet6?: string;
  };
  readonly found: Pick<Findings, 'bridges' | 'guests' | 'containers' | 'firewalls' | 'refusals' | 'translations'>;
  /** Commands for other firewalls, without which these would cut the guests off. */
  readonly remedies: readonly string[];
  readonly notes: readonly string[];
  readonly next: readonly string[];
}

export function summarise(findings: Findings, site: PlannedSite, file: string): FirstSiteSummary {
  const { uplink, bridges, guests, containers, firewalls, refusals, translations, notes } = findings;
  const [{ name, bridge, subnet, subnet6 }] = site.segments;
  return {
    file,
    site: site.name,
    uplink: {
      interface: uplink.interface,
      shared: [uplink.ipv4, ...(uplink.ipv6 ? [uplink.ipv6] : [])],
      ...(uplink.notPublic === undefined ? {} : { notPublic: uplink.notPublic }),
    },
    segment: { name, bridge, subnet: subnet.text, ...(subnet6 ? { subnet6: subnet6.text } : {}) },
    found: { bridges, guests, containers, firewalls, refusals, translations },
    remedies: remedies(findings, bridge).commands,
    notes,
    next: [
      `bridgekeeper validate ${file}`,
      `bridgekeeper plan ${file}`,
      `bridgekeeper apply ${file} --confirm 60s`,
      'bridgekeeper confirm',
    ],
  };
}

const counted = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;

/** What was written and found, and what to do now. */
export function renderNextSteps(summary: FirstSiteSummary): string[] {
  const { file, uplink, segment, found, notes, next } = summary;
  const [validate, plan, apply, confirm] = next;
  const firewalls = found.firewalls.map(({ name }) => name);
  return [
    `Wrote ${file}; nothing else was changed.`,
    `  uplink    ${uplink.interface}, shared address ${uplink.shared.join(' and ')}${uplink.notPublic === undefined ? '' : ` (${uplink.notPublic}: this host is behind a NAT, or in a private network)`}`,
    `  segment   ${segment.name}, bridge ${segment.bridge}, ${[segment.subnet, segment.subnet6].filter((text) => text).join(' and ')}`,
    `  found     ${counted(found.bridges.length, 'bridge')}, ${counted(found.guests.length, 'guest')}, ${counted(found.containers.length, 'container')}, ${counted(found.translations.length, 'translated port')}; firewalls: ${firewalls.join(', ') || 'none known'}`,
    ...(found.refusals.length === 0
      ? []
      : [
          "  caution   another firewall drops forwarded packets or guests' requests; the file says which, and what helps",
        ]),
    ...(notes.length === 0
      ? []
      : [`  unknown   ${counted(notes.length, 'thing')} could not be looked into; the file says what`]),
    'Read it, then, with the daemon running (sudo bridgekeeper daemon):',
    `  ${validate}`,
    `  ${plan}`,
    `  ${apply}`,
    `  ${confirm}        # within 60 s, if you still reach this host`,
  ];
}
