// What planted-mistakes.test.ts plants, and where.

/** A site without a mistake; every object has a neighbour that a mistake could be blamed on. */
export const site = {
  site: 'lab',
  uplink: { interface: 'eth0', shared: ['203.0.113.10', '2001:db8::10'] },
  pools: [
    { name: 'p', range: '02:1a:3f:00:00:00/24', strategy: 'random', quarantine: '30m' },
    { name: 'q', range: '02:1a:40:00:00:00/24' },
  ],
  segments: [
    {
      name: 'dev',
      subnet: '10.77.10.0/24',
      subnet6: 'fd00:77:10::/64',
      dhcp: { lease: '10m' },
      domain: 'dev.example',
      mtu: 1500,
      storm: { broadcast: '200/second' },
    },
    { name: 'prod', subnet: '10.77.20.0/24', pool: 'q' },
    { name: 'lab', subnet: '10.77.30.0/24' },
    { name: 'spare', subnet: '10.77.40.0/24' },
  ],
  guests: [
    {
      name: 'web1',
      owner: 'team-a',
      nics: [{ segment: 'dev', mac: '02:00:00:00:00:01', ip: '10.77.10.20', ip6: 'fd00:77:10::20', port: 'tap0' }],
    },
    { name: 'db1', nics: [{ segment: 'prod', mac: '02:00:00:00:00:02', ip: '10.77.20.5' }] },
    { name: 'db2', nics: [{ segment: 'prod', mac: '02:00:00:00:00:03', ip: '10.77.20.6' }] },
    { name: 'sip1', share: 'same-address', ports: [5060], nics: [{ segment: 'lab' }] },
    { name: 'api1', nics: [{ segment: 'prod', mac: '02:00:00:00:00:04' }] },
    { name: 'old1', share: 'nat', nics: [{ segment: 'spare', ip: '10.77.40.9' }] },
    { name: 'new1', nics: [{ segment: 'lab' }] },
  ],
  forwards: [
    { port: 8080, to: 'web1:80', from: ['198.51.100.0/24'], rate: '10/minute' },
    { port: 2222, to: 'db1:22' },
    { port: '30000-30009', protocol: 'udp', to: 'web1:30000-30009' },
    { port: 3333, to: 'old1:22' },
    { port: 4444, to: 'new1:22' },
  ],
  policies: [
    { from: 'api1', to: 'web1', ports: ['tcp/5432'], action: 'allow' },
    { from: 'old1', to: 'lab', action: 'deny' },
    { from: 'api1', to: 'old1', action: 'allow' },
    { action: 'allow', macAddress: '02:00:00:00:00:04', ipRange: '10.77.10.0/24' },
  ],
  limits: { sessions: 5000, sessionsPerGuest: 1000, portBlock: 1000, udp: '300s' },
};

export interface Planted {
  /** Where the wrong value is put. */
  readonly at: string;
  readonly value: unknown;
  /** What is reported; `at` unless given. */
  readonly paths?: readonly string[];
  /** Mistakes that hide this one, because it is about what they leave unknown. */
  readonly hiddenBy?: readonly string[];
}

export const uplinkKeys = ['uplink.interface', 'uplink.shared'];

/** Mistakes that do not depend on each other, but for what `hiddenBy` says. */
export const table: readonly Planted[] = [
  { at: 'colour', value: 'red' },
  { at: 'site', value: 'dev_lab' },
  { at: 'uplink.interface', value: 'eth0; rm -rf /' },
  { at: 'uplink.shared', value: ['168.1.10', '::1', '1.2.3.4'], paths: ['uplink.shared', 'uplink.shared[0]'] },
  { at: 'uplink.colour', value: 'red' },
  { at: 'limits.portBlock', value: 10 },
  { at: 'limits.udp', value: 300 },
  { at: 'limits.sessions', value: 'many' },
  { at: 'limits.colour', value: 'red' },
  { at: 'pools[0].strategy', value: 'randm' },
  { at: 'pools[0].colour', value: 'red' },
  {
    at: 'pools[0].quarantine',
    value: '5m',
    hiddenBy: ['segments[0].dhcp.lease', 'segments[0].pool', 'segments[0].colour'],
  },
  { at: 'pools[1].range', value: 'a1:b2:c3:00:00:00/24' },
  { at: 'pools[1].quarantine', value: 'long' },
  { at: 'pools[0].owner', value: 'team-a', hiddenBy: ['pools[0].colour'] },
  { at: 'pools[0].warnings', value: [80, 101], paths: ['pools[0].warnings[1]'] },
  { at: 'pools[1].parent', value: 'nowhere', hiddenBy: ['pools[1].range'] },
  {
    at: 'pools[1].reserved',
    value: ['02:1a:40:00:00:01', '02:1a:3f:00:00:01'],
    paths: ['pools[1].reserved[1]'],
    hiddenBy: ['pools[1].range'],
  },
  { at: 'pools[1].acknowledge-vendor', value: false },
  { at: 'segments[0].mtu', value: 70_000 },
  { at: 'segments[0].domain', value: '-' },
  { at: 'segments[0].storm.broadcast', value: 'fast' },
  { at: 'segments[0].dhcp.lease', value: '1x' },
  { at: 'segments[0].dhcp.colour', value: 'red' },
  { at: 'segments[0].pool', value: 'nowhere' },
  { at: 'segments[0].colour', value: 'red' },
  // The bridge of the segment before it has that name unless a wrong key may give it another.
  { at: 'segments[1].bridge', value: 'bk-dev', hiddenBy: ['segments[0].colour'] },
  { at: 'segments[1].colour', value: 'red' },
  { at: 'segments[2].subnet', value: '10.77.20.128/25' },
  { at: 'segments[3].subnet', value: '10.77.40.0/255.0' },
  { at: 'segments[3].subnet6', value: 'fd00::1/64' },
  { at: 'guests[0].owner', value: 'Team_A' },
  { at: 'guests[0].colour', value: 'red' },
  { at: 'guests[0].nics[0].mac', value: 'AA:BB:CC:DD:EE:GG' },
  { at: 'guests[0].nics[0].ip', value: '168.1.10' },
  { at: 'guests[0].nics[0].ip6', value: 'fd00::zz' },
  { at: 'guests[0].nics[0].port', value: 'a b' },
  { at: 'guests[0].nics[0].pool', value: 'Bad_' },
  { at: 'guests[0].nics[0].colour', value: 'red' },
  { at: 'guests[1].colour', value: 'red' },
  { at: 'guests[2].nics[0].mac', value: '02:00:00:00:00:02' },
  { at: 'guests[2].nics[0].ip', value: '10.77.20.5' },
  {
    at: 'guests[3].ports',
    value: [5060, 8080],
    paths: ['guests[3].ports[1]'],
    hiddenBy: ['forwards[0].protocol', 'forwards[0].colour'],
  },
  { at: 'guests[4].nics[0].ip', value: '10.77.10.77' },
  { at: 'guests[5].share', value: 'natt' },
  { at: 'guests[5].nics', value: [] },
  { at: 'guests[6].nics[0].segment', value: 'nowhere' },
  { at: 'forwards[0].rate', value: 'fast' },
  { at: 'forwards[0].from', value: ['10.0.0.0/8', '10.0.0.0/33'], paths: ['forwards[0].from[1]'] },
  { at: 'forwards[0].protocol', value: 'tpc' },
  { at: 'forwards[0].colour', value: 'red' },
  { at: 'forwards[1].to', value: 'nobody:22' },
  { at: 'forwards[2].to', value: 'web1:1-3' },
  { at: 'forwards[3].port', value: 2222 },
  { at: 'forwards[4].to', value: 'new1/7:22' },
  { at: 'policies[0].action', value: 'permit' },
  { at: 'policies[0].colour', value: 'red' },
  { at: 'policies[1].from', value: 'nobody' },
  { at: 'policies[2].to', value: 'prod', paths: ['policies[2]'] },
  { at: 'policies[3].macAddress', value: '03:00:00:00:00:04' },
];

/** A site in which every key is needed: without any of them, or with its default, something else would be wrong. */
export const tight = {
  site: 'lab',
  uplink: { interface: 'eth0', shared: ['203.0.113.10'] },
  pools: [
    { name: 'p', range: '02:1a:3f:00:00:00/48', quarantine: '5m' },
    { name: 'q', range: '02:1a:40:00:00:00/48', quarantine: '2h' },
    { name: 'r', range: '02:1a:41:00:00:00/48' },
  ],
  segments: [
    { name: 'dev', subnet: '10.77.10.0/24', subnet6: 'fd00:77:10::/64', dhcp: { lease: '1m' }, bridge: 'br0' },
    { name: 'prod', subnet: '10.77.20.0/24', dhcp: { lease: '90m' }, pool: 'q', bridge: 'bk-dev' },
  ],
  guests: [
    { name: 'a', nics: [{ segment: 'dev', ip6: 'fd00:77:10::20', port: 'tap0' }] },
    { name: 'b', nics: [{ segment: 'dev', mac: '02:00:00:00:00:02', port: 'bkp-a.0' }] },
    { name: 'c', share: 'same-address', ports: [8080], nics: [{ segment: 'dev', pool: 'r' }] },
    { name: 'd', nics: [{ segment: 'prod', ip: '10.77.20.5' }] },
  ],
  forwards: [
    { port: 53, to: 'a:53' },
    { port: 53, protocol: 'udp', to: 'd:53' },
  ],
  policies: [
    { from: 'a', to: 'd', action: 'allow' },
    { action: 'allow', macAddress: '02:00:00:00:00:02', ipRange: '10.77.20.0/24' },
  ],
  limits: { sessions: 300, sessionsPerGuest: 200, portBlock: 200 },
};
