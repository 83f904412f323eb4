/** The head of every site here: an uplink with both shared addresses, one pool. Nobody is asked, so that sessions can be counted. */
const head = `
site: testlab
uplink: {interface: eth0, shared: [203.0.113.10, "2001:db8::10"]}
pools: [{name: default, range: 02:1a:3f:00:00:00/24}]
limits: {sessions: 500, sessionsPerGuest: 200}
watch: {guests: false, forwards: false}
`;

const list = (key: string, lines: readonly string[]): string =>
  lines.length === 0 ? '' : `${key}:\n${lines.map((line) => `  - {${line}}\n`).join('')}`;

/** Text of a site file from lines such as `name: web1, nics: [{segment: dev}]`. */
export function siteText(parts: {
  segments?: readonly string[];
  guests?: readonly string[];
  forwards?: readonly string[];
  policies?: readonly string[];
  head?: string;
}): string {
  const {
    segments = ['name: dev, subnet: 10.77.10.0/24, subnet6: "fd00:77:10::/64"', 'name: prod, subnet: 10.77.20.0/24'],
  } = parts;
  return [
    parts.head ?? head,
    list('segments', segments),
    list('guests', parts.guests ?? []),
    list('forwards', parts.forwards ?? []),
    list('policies', parts.policies ?? []),
  ].join('');
}

/** Guests web1 and db1 on dev, api1 on prod, sip1 with the shared address itself. */
export const fourGuests = [
  'name: web1, nics: [{segment: dev}]',
  'name: db1, nics: [{segment: dev, mac: "02:1a:3f:00:10:01", ip: 10.77.10.20}]',
  'name: api1, nics: [{segment: prod}]',
  'name: sip1, share: same-address, ports: [5060, 16384-16483], nics: [{segment: dev}]',
] as const;

export const someForwards = [
  'port: 8080, to: "web1:80"',
  'port: 2222, to: "db1:22", from: [198.51.100.0/24], rate: 10/minute',
  'port: 30000-30099, protocol: udp, to: "web1:30000-30099"',
] as const;

export const somePolicies = ['name: api-to-db, from: api1, to: db1, ports: [tcp/5432], action: allow'] as const;

/** A site with something of everything. */
export const wholeSite = siteText({ guests: fourGuests, forwards: someForwards, policies: somePolicies });
