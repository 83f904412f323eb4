/** A small site to begin with: every value is to be looked at. */
export const firstSite = `site: home
uplink:
  interface: eth0
  shared: [203.0.113.10]   # the public IPv4 address of this host
pools:
  - {name: default, range: 02:1a:3f:00:00:00/24}   # MAC addresses for the guests
segments:
  - name: guests
    subnet: 10.77.10.0/24
    dhcp: {lease: 10m}
guests:
  - name: web1
    nics: [{segment: guests}]
forwards:
  - {port: 8080, to: "web1:80"}
`;
