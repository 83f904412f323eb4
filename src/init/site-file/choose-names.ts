import { labelOf } from '../../model/label-of.ts';
import type { MacAddress } from '../../model/mac-address.ts';
import { type MacRange, macRangeHolds, parseMacRange } from '../../model/mac-range.ts';
import { type InterfaceName, type Label, parseInterfaceName, parseLabel } from '../../model/names.ts';

/** Labels that are told apart by a number, and never one of `taken`. */
export class Labels {
  readonly #taken: Set<string>;

  constructor(taken: Iterable<string>) {
    this.#taken = new Set(taken);
  }

  take(name: string, fallback: string): Label {
    const label = labelOf(name, fallback);
    let free: Label = label;
    for (let n = 2; this.#taken.has(free); n++) free = parseLabel(`${label.slice(0, 58)}-${n}`);
    this.#taken.add(free);
    return free;
  }
}

/** A pool of 2^24 locally administered addresses (AAI, RFC 8948) that holds none of `seen`. `random` gives three octets. */
export function choosePool(seen: ReadonlySet<MacAddress>, random: () => Uint8Array): MacRange {
  for (;;) {
    const [a = 0, b = 0, c = 0] = random();
    const octets = [(a & 0xf0) | 0x02, b, c].map((octet) => octet.toString(16).padStart(2, '0'));
    const range = parseMacRange(`${octets.join(':')}:00:00:00/24`);
    if (![...seen].some((mac) => macRangeHolds(range, mac))) return range;
  }
}

/** The name of an interface if a site file can have it: the kernel allows more. */
export function siteInterfaceName(text: string): InterfaceName | undefined {
  try {
    return parseInterfaceName(text);
  } catch {
    return undefined;
  }
}
