import { Cell } from '../gateway/cell.ts';
import type { RulesetMaker } from '../gateway/ruleset.ts';
import { runInNamespace } from '../gateway/run-tool.ts';
import { type BenchForward, type Scenario, shared } from '../gateway/scenario.ts';
import { linearNft } from './baselines.ts';
import { bridgekeeper } from './bridgekeeper.ts';
import { docker } from './docker.ts';
import { hookLegacy, hookNft } from './hook-script.ts';
import { incus } from './incus.ts';

type Run = (argv: readonly string[], input?: string) => string;

/** How a system puts one more forward on top of those it has, and takes it away again. */
export interface OneMore {
  readonly name: string;
  readonly maker: RulesetMaker;
  add(run: Run, forward: BenchForward, scenario: Scenario): void;
  remove(run: Run, forward: BenchForward, scenario: Scenario): void;
}

const words = (text: string): string[] => text.split(' ');

/** The libvirt wiki's script: two calls each way. */
function hookScript(maker: RulesetMaker, program: string): OneMore {
  const rules = ({ port, nic, targetPort }: BenchForward): string[] => [
    `PREROUTING -t nat -p tcp -d ${shared} --dport ${port} -j DNAT --to-destination ${nic.ip}:${targetPort}`,
    `FORWARD -o virbr0 -p tcp -d ${nic.ip} --dport ${targetPort} -j ACCEPT`,
  ];
  const each = (verb: string) => (run: Run, forward: BenchForward) => {
    for (const rule of rules(forward)) run([program, verb, ...words(rule)]);
  };
  return { name: maker.name, maker, add: each('-I'), remove: each('-D') };
}

/** Docker asks whether each rule is there before it writes it (ProgramRule in libnetwork/iptables). */
const dockerPublish: OneMore = {
  name: docker.name,
  maker: docker,
  add: (run, forward) => {
    for (const rule of dockerRules(forward)) run(shell(`iptables-nft -C ${rule} 2>&- || iptables-nft -A ${rule}`));
  },
  remove: (run, forward) => {
    for (const rule of dockerRules(forward)) run(shell(`iptables-nft -C ${rule} && iptables-nft -D ${rule}`));
  },
};
const shell = (command: string): string[] => ['sh', '-c', command];
function dockerRules({ port, nic, targetPort }: BenchForward): string[] {
  return [
    `DOCKER -t nat ! -i docker0 -p tcp --dport ${port} -j DNAT --to-destination ${nic.ip}:${targetPort}`,
    `DOCKER -t filter -d ${nic.ip} ! -i docker0 -o docker0 -p tcp --dport ${targetPort} -j ACCEPT`,
    `POSTROUTING -t nat -p tcp -s ${nic.ip} -d ${nic.ip} --dport ${targetPort} -j MASQUERADE`,
  ];
}

/** Linear rules have no key: to remove one, its handle must be found in the listing. */
const linear: OneMore = {
  name: linearNft.name,
  maker: linearNft,
  add: (run, { port, nic, targetPort }) => {
    run(words(`nft add rule ip bench prerouting ip daddr ${shared} tcp dport ${port} dnat to ${nic.ip}:${targetPort}`));
    run(words(`nft add rule ip bench forward ip daddr ${nic.ip} tcp dport ${targetPort} accept`));
  },
  remove: (run, { port, nic, targetPort }) => {
    for (const [chain, text] of [
      ['prerouting', `tcp dport ${port} dnat`],
      ['forward', `ip daddr ${nic.ip} tcp dport ${targetPort} accept`],
    ] as const) {
      const line = run(words(`nft -a list chain ip bench ${chain}`))
        .split('\n')
        .findLast((rule) => rule.includes(text));
      const handle = /# handle (\d+)$/.exec(line ?? '')?.[1];
      run(words(`nft delete rule ip bench ${chain} handle ${handle}`));
    }
  },
};

/** Incus flushes its three chains and writes all forwards anew (NetworkApplyForwards); its daemon's own time is not here. */
const incusForwards: OneMore = {
  name: 'Incus, its nft transaction alone',
  maker: incus,
  add: (run, forward, scenario) => rewriteIncus(run, [...scenario.forwards, forward], scenario),
  remove: (run, _, scenario) => rewriteIncus(run, scenario.forwards, scenario),
};
function rewriteIncus(run: Run, forwards: readonly BenchForward[], scenario: Scenario): void {
  const [step] = incus.render({ ...scenario, forwards });
  const chains = ['fwdprert', 'fwdout', 'fwdpstrt'].map((chain) => `flush chain inet incus ${chain}.incusbr0`);
  const own = (step?.text ?? '').replace(
    / {2}chain (pstrt|fwd|in|out)\.incusbr0 \{[^}]*(\{[^}]*\}[^}]*)*\n {2}\}\n/g,
    '',
  );
  run(['nft', '-f', '/dev/stdin'], `${chains.join('\n')}\n${own}`);
}

/** Bridgekeeper's own ruleset, changed by a spawned `nft`: what it would cost without libnftables in process. */
const spawnedNft: OneMore = {
  name: "Bridgekeeper's maps by a spawned nft",
  maker: bridgekeeper,
  add: (run, { port, nic, targetPort }) => {
    run(words(`nft add element inet bridgekeeper forward4 { tcp . ${port} : ${nic.ip} . ${targetPort} }`));
  },
  remove: (run, { port }) => {
    run(words(`nft delete element inet bridgekeeper forward4 { tcp . ${port} }`));
  },
};

export const oneMoreRivals: readonly OneMore[] = [
  spawnedNft,
  linear,
  hookScript(hookNft, 'iptables-nft'),
  hookScript(hookLegacy, 'iptables-legacy'),
  dockerPublish,
  incusForwards,
];

/** Milliseconds of each addition and each removal. */
export function timeOneMore(rival: OneMore, scenario: Scenario, times: number): { add: number[]; remove: number[] } {
  const cell = new Cell(rival.maker, scenario);
  const run: Run = (argv, input) => runInNamespace(cell.gateway, argv, input);
  const forward = { ...(scenario.forwards[0] as BenchForward), port: 9999, targetPort: 7999 };
  const seen = { add: [] as number[], remove: [] as number[] };
  for (let i = 0; i < times; i++) {
    for (const verb of ['add', 'remove'] as const) {
      const start = performance.now();
      rival[verb](run, forward, scenario);
      seen[verb].push(performance.now() - start);
    }
  }
  cell.remove();
  return seen;
}
