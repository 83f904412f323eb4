import { runCommand } from '../system/run-command.ts';

/** Everything of the host's network that Bridgekeeper may touch, as lines by kind. */
export type HostSnapshot = ReadonlyMap<string, readonly string[]>;

const commands: Readonly<Record<string, readonly string[]>> = {
  link: ['ip', '-o', 'link', 'show'],
  address: ['ip', '-o', 'address', 'show'],
  route: ['ip', 'route', 'show', 'table', 'all'],
  'IPv6 route': ['ip', '-6', 'route', 'show', 'table', 'all'],
  rule: ['ip', 'rule', 'show'],
  'IPv6 rule': ['ip', '-6', 'rule', 'show'],
  neighbour: ['ip', 'neighbour', 'show', 'nud', 'permanent'],
  'traffic control': ['tc', 'qdisc', 'show'],
  ruleset: ['nft', 'list', 'ruleset'],
  'kernel setting': ['sysctl', '-a', '--pattern', '^net[.](ipv4|ipv6|bridge|netfilter)[.]'],
};

/** Settings that the kernel itself fills in when they are first needed. */
const kernelsOwn = /nf_conntrack_count|tcp_fastopen_key/;
/** How long something is still valid. */
const volatile = /(?:expires|valid_lft|preferred_lft) \S+/g;

const inHost = (command: readonly string[]) => runCommand(['ip', 'netns', 'exec', 'host', ...command]);

/** Link-local addresses are in doubt for up to 2 s after a link came up (RFC 4862), and their routes come after that. */
async function settle(): Promise<void> {
  for (let i = 0; i < 60; i++) {
    if ((await inHost(['ip', '-6', 'address', 'show', 'tentative'])).stdout === '') return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Reads the host's network from inside the lab, when it has come to rest (3 s at most). */
export async function takeSnapshot(): Promise<HostSnapshot> {
  await settle();
  const kinds = Object.entries(commands).map(async ([kind, command]) => {
    const { stdout } = await inHost(command);
    const lines = stdout
      .split('\n')
      .filter((line) => !kernelsOwn.test(line))
      .map((line) => line.replace(volatile, '').replace(/\s+/g, ' ').trim())
      .filter((line) => line !== '');
    return [kind, lines.sort()] as const;
  });
  return new Map(await Promise.all(kinds));
}

/** Lines that are in one snapshot only, each with its kind: `+` came, `-` went. */
export function compareSnapshots(before: HostSnapshot, after: HostSnapshot): string[] {
  return [...before.keys()].flatMap((kind) => {
    const [was, is] = [new Set(before.get(kind)), new Set(after.get(kind))];
    return [
      ...[...is].filter((line) => !was.has(line)).map((line) => `+${kind}: ${line}`),
      ...[...was].filter((line) => !is.has(line)).map((line) => `-${kind}: ${line}`),
    ];
  });
}
