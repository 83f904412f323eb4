import type { Scenario } from './scenario.ts';

/** Text and the command that takes it as a file: on its command line, or on standard input. */
export interface RulesetStep {
  readonly command: readonly string[];
  readonly input: 'argument' | 'stdin';
  readonly text: string;
}

/** One way to do the gateway's work, as some system does it. */
export interface RulesetMaker {
  readonly name: string;
  /** Where its rules come from. */
  readonly source: string;
  /** Name of the bridge that the system would use. */
  readonly bridge: string;
  /** False: clients reach the guest's own address, nothing is translated. */
  readonly translates: boolean;
  render(scenario: Scenario): readonly RulesetStep[];
}

export function nft(text: string): RulesetStep {
  return { command: ['nft', '-f'], input: 'argument', text };
}

export function iptablesRestore(flavour: 'nft' | 'legacy', text: string): RulesetStep {
  return { command: [`iptables-${flavour}-restore`], input: 'stdin', text };
}
