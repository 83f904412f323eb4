import { nft, type RulesetMaker } from '../gateway/ruleset.ts';
import { forwardAt, segmentSubnet, shared, uplink } from '../gateway/scenario.ts';

const source = 'this bench';

/** The limit: the kernel forwards, no rule anywhere. */
export const plainRouting: RulesetMaker = {
  name: 'plain routing',
  source,
  bridge: 'br0',
  translates: false,
  render: () => [],
};

/** One rule that makes the kernel track connections. */
export const conntrackOnly: RulesetMaker = {
  name: 'conntrack only',
  source,
  bridge: 'br0',
  translates: false,
  render: () => [
    nft('table ip bench { chain forward { type filter hook forward priority filter; ct state invalid drop; }; }'),
  ],
};

/** The least that translation can cost: one DNAT rule and one masquerade rule, nothing guarded, nothing limited. */
export const natFloor: RulesetMaker = {
  name: 'NAT floor',
  source,
  bridge: 'br0',
  translates: true,
  render: (scenario) => {
    const { port, nic, targetPort } = forwardAt(scenario, 'last');
    return [
      nft(`table ip bench {
  chain prerouting {
    type nat hook prerouting priority dstnat;
    ip daddr ${shared} tcp dport ${port} dnat to ${nic.ip}:${targetPort}
  }
  chain postrouting {
    type nat hook postrouting priority srcnat;
    ip saddr ${segmentSubnet} oifname "${uplink}" masquerade
  }
}
`),
    ];
  },
};

/** One DNAT rule and one accept rule per forward, as rules are written by hand; what is established passes first. */
export const linearNft: RulesetMaker = {
  name: 'linear nft',
  source,
  bridge: 'br0',
  translates: true,
  render: ({ forwards }) => [
    nft(`table ip bench {
  chain prerouting {
    type nat hook prerouting priority dstnat;
${forwards.map((f) => `    ip daddr ${shared} tcp dport ${f.port} dnat to ${f.nic.ip}:${f.targetPort}`).join('\n')}
  }
  chain postrouting {
    type nat hook postrouting priority srcnat;
    ip saddr ${segmentSubnet} oifname "${uplink}" masquerade
  }
  chain forward {
    type filter hook forward priority filter; policy drop;
    ct state established,related accept
    iifname "br0" accept
${forwards.map((f) => `    ip daddr ${f.nic.ip} tcp dport ${f.targetPort} accept`).join('\n')}
  }
}
`),
  ],
};
