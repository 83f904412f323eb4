import { createHash } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import type { DesiredState } from '../../../model/desired-state.ts';
import type { Ipv4Address } from '../../../model/ip-address.ts';
import type { HeardMac, Refusal } from '../../driver.ts';
import { CountedPortReader, type CountedPorts } from './counted-ports.ts';
import { type HostFeatures, isRotating } from './features.ts';
import { type Element, type Family, families, quoted, tableName } from './fragment.ts';
import { NftGeneration } from './generation.ts';
import { offenceNames, offenceSets, portsOf } from './guard-table.ts';
import { Libnftables } from './libnftables.ts';
import { refusalSets } from './limit-rules.ts';
import { hasOpenPorts, openPortMap, parseOpenPort } from './open-ports.ts';
import { parseRefusals } from './parse-refusals.ts';
import { parseHeard } from './rotation-watch.ts';
import { compareRulesets } from './ruleset.ts';
import type { RulesetInput } from './sections.ts';
import {
  needsRebuild,
  renderDifference,
  renderElements,
  renderRemoval,
  renderRuleset,
  renderWhole,
  wholeRuleset,
} from './transaction.ts';

export interface NftablesPlan {
  readonly after: Believed;
  /** Empty when nothing is to be done. */
  readonly transaction: string;
  readonly rebuild: boolean;
}

/** What the kernel holds: the ruleset of an input, nothing of ours, or something that we do not know. */
type Believed = RulesetInput | 'nothing' | 'unknown';

/** What nft says of a set of offenders, when it said so (ms since the epoch). */
export interface OffenderListing {
  readonly text: string;
  readonly at: number;
}

/** How many times as long as a listing took nobody lists that set again. */
const listingPause = 50;
/** Milliseconds without a change of ours after which a listing disturbs nobody. */
const quiet = 1_000;

/** Our nftables tables: what they should be, what was last put there, and whether somebody else has changed them. */
export class NftablesPart {
  readonly #library = Libnftables.open();
  readonly #generation = new NftGeneration();
  readonly #ports = new CountedPortReader();
  /** `again`: by the monotonic clock. */
  readonly #offenders = new Map<string, OffenderListing & { readonly again: number }>();
  #believed: Believed = 'unknown';
  #generationAfterApply: number | undefined;
  #appliedAt = 0;
  #made = false;
  #last: Promise<unknown> = Promise.resolve();
  /** Fingerprint of our tables as listed after the last change of ours. */
  #fingerprint: string | undefined;

  /**
   * Looks whether tables of ours are there from an earlier process; then they are not trusted but made anew. Answers
   * whether there are none.
   */
  async begin(): Promise<boolean> {
    const tables = await this.#library.list('tables');
    const ours = families.some((family) => tables.includes(`table ${family} ${tableName}\n`));
    if (!ours) this.#believed = 'nothing';
    this.#made = !ours;
    return !ours;
  }

  /** Lets the event loop go between its steps: a whole ruleset of 10,000 forwards takes some. */
  async plan(desired: DesiredState | null, host: HostFeatures): Promise<NftablesPlan> {
    const believed = this.#believed;
    if (desired === null) {
      return { after: 'nothing', transaction: believed === 'nothing' ? '' : renderRemoval(), rebuild: true };
    }
    const after: RulesetInput = { desired, host };
    // Another device of the same name has lost the guard that hung on the old one.
    if (typeof believed === 'object' && believed.host.uplinkIndex === host.uplinkIndex) {
      const difference = compareRulesets(believed, after);
      if (!needsRebuild(difference)) return { after, transaction: renderDifference(difference), rebuild: false };
    }
    const whole = wholeRuleset(after);
    await setImmediate();
    return { after, transaction: renderWhole(whole), rebuild: true };
  }

  /**
   * One transaction; answers the milliseconds that the kernel and libnftables took. A difference that the kernel
   * refuses (somebody took away what it changes) is made good by the whole; when that is refused too, nothing was
   * changed and `nftables-failed` says why.
   */
  async apply(plan: NftablesPlan): Promise<number> {
    if (plan.transaction !== '') return this.#alone(() => this.#commit(plan));
    this.#believed = plan.after;
    return 0;
  }

  async #commit(plan: NftablesPlan): Promise<number> {
    const started = performance.now();
    const { after } = plan;
    let generation = this.#generation.read();
    try {
      await this.#library.run(plan.transaction);
    } catch (error) {
      this.forget();
      if (plan.rebuild || typeof after !== 'object') throw error;
      generation = this.#generation.read();
      await this.#library.run(renderRuleset(after));
    }
    this.#appliedAt = performance.now();
    // A first plan is a whole one.
    this.#made = true;
    this.#believed = after;
    this.#fingerprint = undefined;
    const now = this.#generation.read();
    // Somebody committed at the same moment: the next look must list, not trust the number.
    this.#generationAfterApply = now === (generation + 1) >>> 0 ? now : undefined;
    return this.#appliedAt - started;
  }

  /**
   * Has somebody changed our tables since our last transaction? Then they are made anew by the next plan. Costs a few
   * microseconds while nobody committed anything, one listing otherwise.
   */
  changedBySomebodyElse(): Promise<boolean> {
    return this.#alone(() => this.#look());
  }

  async #look(): Promise<boolean> {
    if (typeof this.#believed !== 'object') return false;
    const generation = this.#generation.read();
    const untouched = generation === this.#generationAfterApply;
    if (untouched && this.#fingerprint !== undefined) return false;
    const now = await this.#fingerprintNow();
    // What was listed while somebody committed may hold his change already: it is no measure for later.
    if (untouched && this.#generation.read() === generation) this.#fingerprint = now;
    if (now === this.#fingerprint) {
      this.#generationAfterApply = generation;
      return false;
    }
    this.forget();
    return true;
  }

  /**
   * True, at next to no cost, when any transaction of anybody was committed since our last look, and once after a
   * change of ours: what it left is listed in peace, so that what others commit later is told from what is ours.
   */
  get suspicious(): boolean {
    if (typeof this.#believed !== 'object') return false;
    if (this.#generation.read() !== this.#generationAfterApply) return true;
    return this.#fingerprint === undefined && performance.now() - this.#appliedAt > quiet;
  }

  /** Whether what our sets have counted came since this process began: no rules of an earlier one are left. */
  get made(): boolean {
    return this.#made;
  }

  /** The kernel's generation of all rules, whoever made them. */
  get generation(): number {
    return this.#generation.read();
  }

  /** The next plan makes everything anew. */
  forget(): void {
    this.#believed = 'unknown';
    this.#fingerprint = undefined;
    this.#generationAfterApply = undefined;
  }

  /** Has elements in our sets for as long as `work` takes; they are gone afterwards, also when it fails. */
  async withElements<Result>(elements: readonly Element[], work: () => Promise<Result>): Promise<Result> {
    await this.#library.run(renderElements('add', elements).join('\n'));
    try {
      return await work();
    } finally {
      await this.#library.run(renderElements('delete', elements).join('\n'));
    }
  }

  /** Commits a transaction of ours that concerns no table of the gateway, so that it is not taken for tampering. */
  runBeside(transaction: string): Promise<void> {
    return this.#alone(async () => {
      const before = this.#generation.read();
      const untouched = before === this.#generationAfterApply;
      await this.#library.run(transaction);
      const after = (before + 1) >>> 0;
      if (untouched && this.#generation.read() === after) this.#generationAfterApply = after;
    });
  }

  /** Commits of ours and looks at what others committed take turns: by its number alone each would take the other's for a stranger's. */
  #alone<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** Elements of a set or map of ours as nft writes them; empty when there is none. */
  async listElements(family: Family, set: string): Promise<string[]> {
    const kind = /^(forward|open4$)/.test(set) ? 'map' : 'set';
    const listing = await this.#library.list(`${kind} ${family} ${tableName} ${set}`).catch(() => '');
    const elements = /elements = \{([^}]*)\}/.exec(listing)?.[1];
    return elements === undefined ? [] : elements.split(',').map((element) => element.trim());
  }

  /**
   * The sets of offenders as nft lists them, with counters and how long each element has still to live; sets without any
   * are left out. One that takes long to list, because somebody makes up thousands of addresses, is listed less often.
   */
  async listOffenders(): Promise<OffenderListing[]> {
    for (const offence of offenceSets) {
      const before = this.#offenders.get(offence);
      if (this.countedPorts(portsOf(offence)).counts.size === 0) this.#offenders.delete(offence);
      else if (before === undefined || performance.now() > before.again) {
        const started = performance.now();
        const at = Date.now();
        // Without a site there are no such sets.
        const text = await this.#library.run(`list set bridge ${tableName} ${offence}`).catch(() => '');
        const ended = performance.now();
        this.#offenders.set(offence, { text, at, again: ended + (ended - started) * listingPause });
      }
    }
    return [...this.#offenders.values()];
  }

  /** What a set of ports of a bridge table of ours has counted; costs microseconds and waits for nobody. */
  countedPorts(set: string, table = tableName): CountedPorts {
    return this.#ports.read(set, table);
  }

  /** A bridge table of ours without what is in its sets; empty when it is not there. */
  listFrame(table: string): Promise<string> {
    return this.#library.list(`table bridge ${table}`, { withoutElements: true }).catch(() => '');
  }

  /** MAC addresses that NICs under rotation have used. */
  async heard(): Promise<HeardMac[]> {
    if (typeof this.#believed !== 'object' || !isRotating(this.#believed.desired.nics)) return [];
    // Another process may take our tables away at any time; the next look at the host finds out.
    return parseHeard(await this.#library.run(`list set bridge ${tableName} heard`).catch(() => ''));
  }

  /** New sessions that were refused. */
  async refusals(): Promise<Refusal[]> {
    if (typeof this.#believed !== 'object') return [];
    const sets = refusalSets({ sameAddress: this.#believed.desired.sameAddress.size > 0 });
    const listings: string[] = [];
    for (const set of sets) {
      // Another process may take our tables away at any time; the next look at the host finds out.
      listings.push(await this.#library.run(`list set inet ${tableName} ${set}`).catch(() => ''));
    }
    return parseRefusals(listings.join(''));
  }

  /** Closes ports that guests opened to anybody and that stand for something that is gone. */
  async closeOpenPorts(
    before: DesiredState,
    after: DesiredState,
    isGone: (inner: Ipv4Address, port: number) => boolean,
  ): Promise<void> {
    if (!hasOpenPorts(before) || !hasOpenPorts(after)) return;
    const open = (await this.listElements('inet', openPortMap)).map(parseOpenPort);
    for (const { key, inner, port } of open) {
      if (!isGone(inner, port)) continue;
      // It may have been closed by its timeout meanwhile.
      await this.#library
        .run(renderElements('delete', [{ family: 'inet', set: openPortMap, key }]).join('\n'))
        .catch(() => '');
    }
  }

  /** Takes what was counted against these ports out of the sets of offenders. */
  async forgetOffenders(ports: readonly string[]): Promise<void> {
    const byPort: Element[] = offenceNames.flatMap((offence) => {
      const set = portsOf(offence);
      const { counts } = this.countedPorts(set);
      return ports.filter((port) => counts.has(port)).map((port) => ({ family: 'bridge', set, key: quoted(port) }));
    });
    if (byPort.length > 0) await this.#library.run(renderElements('delete', byPort).join('\n'));
    for (const set of offenceSets) {
      if (!byPort.some((element) => element.set === portsOf(set))) continue;
      const counted = await this.listElements('bridge', set);
      const own = counted.filter((element) => ports.some((port) => element.startsWith(`${quoted(port)} . `)));
      if (own.length === 0) continue;
      const elements = own.map((text) => ({
        family: 'bridge' as const,
        set,
        key: text.replace(/ (counter|timeout|expires|limit).*$/, ''),
      }));
      await this.#library.run(renderElements('delete', elements).join('\n'));
    }
  }

  /** Whether the kernel takes `command`; nothing is left behind. */
  async accepts(command: string): Promise<boolean> {
    const probe = 'table bridge bridgekeeper_probe\ntable inet bridgekeeper_probe';
    const removal = 'delete table bridge bridgekeeper_probe\ndelete table inet bridgekeeper_probe';
    // Not in one transaction: Linux 6.1 refuses to make a flowtable and delete its table at once.
    return this.#library.run(`${probe}\n${command}`).then(
      async () => {
        await this.#library.run(removal);
        return true;
      },
      () => false,
    );
  }

  async close(): Promise<void> {
    await this.#library.close();
    this.#generation.close();
    this.#ports.close();
  }

  async #fingerprintNow(): Promise<string> {
    const hash = createHash('sha256');
    for (const family of families) {
      const frame = await this.#library
        .list(`table ${family} ${tableName}`, { withoutElements: true })
        .catch(() => 'absent');
      hash.update(frame);
      for (const [, kind, name, body] of frame.matchAll(/^\t(set|map) (\S+) \{\n([\s\S]*?)^\t\}/gm)) {
        // What packets write is not ours to compare.
        if (body?.includes('dynamic')) continue;
        const listing = await this.#library.list(`${kind} ${family} ${tableName} ${name}`);
        // The kernel lists a hash in any order.
        hash.update(
          `${name}\n${listing
            .split(/[,\n{}]\s*/)
            .sort()
            .join('\n')}`,
        );
      }
    }
    return hash.digest('hex');
  }
}
