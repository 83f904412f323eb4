import type { Findings } from '../findings.ts';
import { comment, commentLine, switchedOff } from './comment.ts';
import type { PlannedSite } from './plan-site-file.ts';
import type { SuggestedGuest } from './suggest-guests.ts';

function guestEntry({ name, found, nics }: SuggestedGuest, segment: string): string {
  const list = nics.map(({ mac, port }) => {
    const keys = [`segment: ${segment}`, ...(mac ? [`mac: "${mac}"`] : []), ...(port ? [`port: "${port}"`] : [])];
    return `{${keys.join(', ')}}`;
  });
  const where = found.nics.map(({ port, network }) =>
    [port, network].filter((part) => part !== undefined).join(' on '),
  );
  const about = [found.source, found.state, ...where, found.name === name ? undefined : `called "${found.name}"`];
  return switchedOff(
    `- {name: ${name}, nics: [${list.join(', ')}]}`,
    2,
    about.filter((part) => part !== undefined && part !== '').join(', '),
  );
}

export function renderGuests(site: PlannedSite, { containers }: Findings): string[] {
  const [{ name: segment }] = site.segments;
  const listed = containers.map(({ engine, name, ports }) =>
    commentLine(`${engine}: ${name}${ports ? `, ${ports}` : ''}`),
  );
  return [
    ...comment(
      `Virtual machines, containers and devices. Remove the "#" before a line to take it into the site, and the one before "guests:". A NIC keeps the MAC address that stands here, or leases one of the pool; its address comes by DHCP. It is plugged into the segment when a device of its name is there: bkp-<guest>.<number>, or its "port". A device that is on another bridge must leave that one first (docs/how-to/libvirt-guest.md).`,
    ),
    ...(listed.length === 0
      ? []
      : [...comment('Containers whose engine keeps their network; leave them to it:'), ...listed]),
    '#guests:',
    ...(site.guests.length > 0
      ? site.guests.map((guest) => guestEntry(guest, segment))
      : [switchedOff(`- {name: web1, nics: [{segment: ${segment}}]}`, 2, 'an example: no guest was found')]),
  ];
}

export function renderForwards(site: PlannedSite, findings: Findings): string[] {
  const { forwards, rest, claims } = site.forwards;
  const target = site.guests[0]?.name ?? 'web1';
  const taken = new Set(findings.listening.map(({ port }) => port));
  let port = 8080;
  while (taken.has(port) || claims.ownerAt(port, 'tcp') !== null) port++;
  return [
    ...comment(
      `Published ports: the shared address and "port" lead to a port of a guest. "from" names the sources that may use it, "rate" limits new connections.`,
    ),
    ...(rest.length === 0
      ? []
      : [
          ...comment('Translations that were found and are no suggestion below:'),
          ...rest.map((line) => commentLine(line)),
        ]),
    ...(forwards.length === 0
      ? []
      : comment('Translations that were found, as forwards. Remove the old rule when you take one over.')),
    '#forwards:',
    ...(forwards.length > 0
      ? forwards.map(({ text, seen }) => switchedOff(`- ${text}`, 2, seen))
      : [switchedOff(`- {port: ${port}, to: "${target}:80"}`, 2, 'an example')]),
  ];
}
