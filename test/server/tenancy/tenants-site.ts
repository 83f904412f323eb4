/** A site with two tenants that have something, one that has nothing yet, and an operator's own guest. No name of one is part of a name of another. */
export const tenantsSite = `site: hosting
uplink: {interface: eth0, shared: [203.0.113.10, "2001:db8::10"]}
limits: {sessions: 50000, sessionsPerGuest: 200, portBlock: 200}
owners:
  - name: aster
    quota: {guests: 3, nics: 4, forwards: 2, ports: 12, sessions: 2000}
    segments: [aster-lan, commons]
    ports: ["30000-30099"]
  - name: birch
    quota: {guests: 3, nics: 4, forwards: 2, ports: 12, sessions: 2000}
    segments: [birch-lan, commons]
    ports: ["31000-31099"]
  - {name: cedar, quota: {guests: 2, forwards: 3, ports: 100}, segments: [commons]}
pools:
  - {name: default, range: "02:1a:3f:00:00:00/24", quarantine: 30m}
segments:
  - {name: aster-lan, subnet: 10.77.10.0/24, subnet6: "fd00:77:10::/64", dhcp: {}}
  - {name: birch-lan, subnet: 10.88.20.0/24, subnet6: "fd00:88:20::/64", dhcp: {}}
  - {name: commons, subnet: 10.99.30.0/24}
  - {name: backstage, subnet: 10.66.40.0/24}
guests:
  - {name: aster-web, owner: aster, nics: [{segment: aster-lan}, {segment: commons}]}
  - {name: birch-shop, owner: birch, nics: [{segment: birch-lan}, {segment: commons}]}
  - {name: vault, nics: [{segment: backstage}]}
forwards:
  - {port: 30080, to: "aster-web:80"}
  - {port: 31443, to: "birch-shop:443"}
  - {port: 2222, to: "vault:22"}
policies:
  - {name: shop-to-vault, action: allow, from: birch-shop, to: vault, ports: [tcp/5432]}
alerts:
  rules:
    - {name: cpu, above: 90%}
`;

/** Words that nobody but the tenant may ever read: names, and how its addresses begin. */
export const wordsOf = {
  aster: ['aster', '10.77.10.', 'fd00:77:10:', '30080'],
  birch: ['birch', 'shop', '10.88.20.', 'fd00:88:20:', '31443', '31000'],
  operator: ['vault', 'backstage', '10.66.40.', '2222', 'shop-to-vault'],
} as const;
