import { compile } from '../../src/compile/compile.ts';
import { renderRuleset } from '../../src/drivers/linux/nftables/transaction.ts';
import type { NicAssignment } from '../../src/model/assignments.ts';
import type { DesiredState } from '../../src/model/desired-state.ts';
import { parseMacAddress } from '../../src/model/mac-address.ts';
import { parseSite } from '../../src/model/parse-site.ts';
import { nicId } from '../../src/model/site.ts';
import { proposeGuests } from '../../src/registry/propose.ts';
import { nft, type RulesetMaker } from '../gateway/ruleset.ts';
import { type Scenario, uplinkMac } from '../gateway/scenario.ts';
import { renderSite } from '../gateway/site-text.ts';

/** The scenario through the real parser and compiler. Its NICs name their addresses, so no registry is asked. */
export function desiredState(scenario: Scenario): DesiredState {
  const { site } = parseSite(renderSite(scenario));
  const nics = site.guests.flatMap(({ name: guest, nics: all }) =>
    all.map(({ segment, mac, ip }, nic): [string, NicAssignment] => {
      if (mac === undefined || ip === undefined) throw new Error(`${nicId(guest, nic)} has no addresses of its own`);
      return [nicId(guest, nic), { guest, nic, segment, mac, ipv4: ip }];
    }),
  );
  const guests = proposeGuests(site, new Map(), [{ first: 32768, last: 60999 }]);
  const desired = compile(site, { nics: new Map(nics), guests });
  if (desired === null) throw new Error('the bench site has no uplink');
  return desired;
}

/** The ruleset as the Linux driver writes it for a kernel without the optional features (flowtable, NFT_BRIDGE_META). */
export function renderBridgekeeper(scenario: Scenario): string {
  const host = {
    bridgeMeta: false,
    ctTimeout: true,
    socketMatch: true,
    frameSamples: true,
    flowtableDevices: [],
    uplinkMac: parseMacAddress(uplinkMac),
  };
  return renderRuleset({ desired: desiredState(scenario), host });
}

/** Only the table of one family, with the elements that are added after it. */
function onlyFamily(ruleset: string, family: string): string {
  const parts = ruleset.split(/^(?=table |delete table |add element )/m);
  return parts.filter((part) => part.split(/\s+/, 3).includes(family)).join('');
}

const source = 'src/drivers/linux/nftables';

export const bridgekeeper: RulesetMaker = {
  name: 'Bridgekeeper',
  source,
  bridge: 'bk-bench',
  translates: true,
  render: (scenario) => [nft(renderBridgekeeper(scenario))],
};

/** The guard of the ports alone: its table in the bridge family. */
export const bridgekeeperGuard: RulesetMaker = {
  name: 'Bridgekeeper',
  source,
  bridge: 'bk-bench',
  translates: false,
  render: (scenario) => [nft(onlyFamily(renderBridgekeeper(scenario), 'bridge'))],
};
