import { compile } from '../../src/compile/compile.ts';
import { renderRuleset } from '../../src/drivers/linux/nftables/transaction.ts';
import type { DesiredState } from '../../src/model/desired-state.ts';
import { parseMacAddress } from '../../src/model/mac-address.ts';
import { parseSite } from '../../src/model/parse-site.ts';
import { proposeAssignments } from '../../src/registry/propose.ts';
import { nft, type RulesetMaker } from '../gateway/ruleset.ts';
import { type Scenario, uplinkMac } from '../gateway/scenario.ts';
import { renderSite } from '../gateway/site-text.ts';

/** The scenario through the real parser, registry proposal and compiler. */
export function desiredState(scenario: Scenario): DesiredState {
  const { site } = parseSite(renderSite(scenario));
  const context = {
    remembered: [],
    random: () => 0,
    now: 0,
    avoidPorts: [{ first: 32768, last: 60999 }],
    siteKey: 'bench',
  };
  const { assignments } = proposeAssignments(site, { nics: new Map(), guests: new Map() }, context);
  const desired = compile(site, assignments);
  if (desired === null) throw new Error('the bench site has no uplink');
  return desired;
}

/** The ruleset as the Linux driver writes it for a kernel without the optional features (flowtable, NFT_BRIDGE_META). */
export function renderBridgekeeper(scenario: Scenario): string {
  const host = { bridgeMeta: false, flowtableDevices: [], uplinkMac: parseMacAddress(uplinkMac) };
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
