import type { Findings } from '../findings.ts';
import { comment, commentLine, switchedOff } from './comment.ts';
import type { PlannedSite } from './plan-site-file.ts';
import { renderForwards, renderGuests } from './render-guests.ts';
import { renderFirewalls, renderSegments, renderUplink } from './render-networks.ts';

/**
 * A first site file with comments that say what was found. As it stands it is valid; so it is with any of the entries
 * that are switched off, as long as what they name is switched on as well. Pure.
 */
export function renderSiteFile(site: PlannedSite, findings: Findings, about: { date: string; file: string }): string {
  const [first, second] = site.segments;
  const { sessionsPerGuest } = site;
  const sections = [
    [
      ...comment(
        `First site file of Bridgekeeper for host "${findings.hostName}", written by \`bridgekeeper init\` on ${about.date}. It is yours: change it, keep it under version control.`,
      ),
      ...comment(
        `Applying it as it stands adds one empty segment; what runs on this host now stays as it is. Check it with: bridgekeeper validate ${about.file}`,
      ),
      ...(findings.notes.length === 0
        ? []
        : [...comment('What could not be looked into:'), ...findings.notes.map((note) => commentLine(note))]),
      `site: ${site.name}`,
    ],
    renderUplink(findings),
    [
      ...comment(
        'MAC addresses that NICs lease theirs from: locally administered, drawn for this host, and none was seen here.',
      ),
      'pools:',
      `  - {name: default, range: "${site.pool.text}", strategy: random, quarantine: 30m}`,
    ],
    renderSegments(site, findings),
    renderFirewalls(findings, first),
    renderGuests(site, findings),
    renderForwards(site, findings),
    [
      ...comment(
        'Who may reach whom; the first policy that matches decides. Without one, guests reach the world, their own segment and, of this host, name service, DHCP, ping and what it offers to the world; the world reaches published ports only.',
      ),
      '#policies:',
      switchedOff(`- {from: ${first.name}, to: ${second.name}, ports: [tcp/443], action: allow}`, 2, 'an example'),
    ],
    [
      ...comment(
        `Limits. Every guest has a block of ${sessionsPerGuest} source ports of the shared address, as many as it may have sessions.`,
      ),
      `limits: {sessions: 5000, sessionsPerGuest: ${sessionsPerGuest}, halfOpen: 120s, udp: 300s}`,
    ],
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}
