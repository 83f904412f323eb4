import { PortClaims } from '../../model/port-claims.ts';
import { portCount, renderPortRange } from '../../model/port-range.ts';
import type { Findings, Translation } from '../findings.ts';
import type { SuggestedGuest } from './suggest-guests.ts';

export interface SuggestedForward {
  /** `{port: 8080, to: "web1:80"}` */
  readonly text: string;
  readonly seen: string;
}

export interface ForwardSuggestions {
  readonly forwards: readonly SuggestedForward[];
  /** Translations that no suggestion came of, as sentences. */
  readonly rest: readonly string[];
  readonly claims: PortClaims<string>;
}

/** Which guest has an address: by what its tool says, or by the neighbour table and its MAC address. */
function guestOf(
  address: Translation['to'],
  guests: readonly SuggestedGuest[],
  findings: Findings,
): { guest: string; nic: number } | undefined {
  const mac = findings.neighbours.get(address);
  for (const { name, found } of guests) {
    const nic = found.nics.findIndex((held) => held.addresses.includes(address) || (mac && held.mac === mac));
    if (nic >= 0) return { guest: name, nic };
  }
  return undefined;
}

const targetText = ({ to, first }: Translation): string => (to.includes(':') ? `[${to}]:${first}` : `${to}:${first}`);

/** Existing translations as forwards that are valid together; each port once. */
export function suggestForwards(findings: Findings, guests: readonly SuggestedGuest[]): ForwardSuggestions {
  const claims = new PortClaims<string>();
  const forwards: SuggestedForward[] = [];
  const rest: string[] = [];
  for (const translation of findings.translations) {
    const { protocol, ports, first, from, seen } = translation;
    const what = `${protocol} ${renderPortRange(ports)} leads to ${targetText(translation)} (${seen})`;
    const holder = guestOf(translation.to, guests, findings);
    if (!holder) rest.push(`${what}; none of the guests found is known to have that address.`);
    else if (first + portCount(ports) - 1 > 65_535) rest.push(`${what}; its target ports would end past 65535.`);
    else if (claims.claim(ports, protocol, what)) rest.push(`${what}; the port is in a suggestion already.`);
    else {
      const nic = holder.nic === 0 ? '' : `/${holder.nic}`;
      const port = ports.first === ports.last ? ports.first : renderPortRange(ports);
      const sources = from.length === 0 ? '' : `, from: [${from.map(({ text }) => JSON.stringify(text)).join(', ')}]`;
      const kind = protocol === 'tcp' ? '' : ', protocol: udp';
      forwards.push({ text: `{port: ${port}${kind}, to: "${holder.guest}${nic}:${first}"${sources}}`, seen });
    }
  }
  for (const rule of findings.otherTranslations) rest.push(`Not something that a forward can say: ${rule}`);
  return { forwards, rest, claims };
}
