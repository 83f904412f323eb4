import { type BenchNic, type Scenario, segmentSubnet, shared, uplink } from './scenario.ts';

/** A large site's guests have ten NICs each, so that its 100 guests find 250 source ports each beside 10,000 forwards. */
const nicsPerGuest = 10;

const guestOf = (nic: BenchNic): string => `vm${Math.floor(nic.index / nicsPerGuest)}`;

/** How the site file of the bench names a NIC, `vm3/7`. */
export function nicName(nic: BenchNic): string {
  return `${guestOf(nic)}/${nic.index % nicsPerGuest}`;
}

function renderGuest(nics: readonly BenchNic[]): string {
  const list = nics.map(({ mac, ip, port }) => `{segment: bench, mac: "${mac}", ip: ${ip}, port: ${port}}`);
  return `  - {name: ${guestOf(nics[0] as BenchNic)}, nics: [${list.join(', ')}]}`;
}

/** The scenario as the site file of a Bridgekeeper that does the same. Limits on sessions are on. */
export function renderSite({ forwards, nics }: Scenario): string {
  const guests = Array.from({ length: Math.ceil(nics.length / nicsPerGuest) }, (_, i) =>
    nics.slice(i * nicsPerGuest, (i + 1) * nicsPerGuest),
  );
  return `site: bench
uplink: {interface: ${uplink}, shared: [${shared}]}
pools:
  - {name: default, range: 02:1a:3f:00:00:00/24, strategy: random}
segments:
  - {name: bench, subnet: ${segmentSubnet}}
limits: {sessions: 200000, sessionsPerGuest: 250}
guests:
${guests.map(renderGuest).join('\n')}
forwards:
${forwards.map(({ port, nic, targetPort }) => `  - {port: ${port}, to: "${nicName(nic)}:${targetPort}"}`).join('\n')}
`;
}
