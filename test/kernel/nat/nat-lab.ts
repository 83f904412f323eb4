import { type OpenEngine, openEngine, type Scope } from '../../reconciler/open-engine.ts';
import { siteText } from '../../reconciler/sites.ts';
import { buildNetwork } from '../network.ts';
import { type Guests, startGuests } from '../start-guests.ts';
import { type NamespaceShell, startShell } from './namespace-shell.ts';

/** What every Python of these tests has: sockets by name, and what came to them. */
const helpers = `
def udp(name, port=0, address=''):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    if port: s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind((address, port)); s.settimeout(1.0); globals()[name] = s
    return s.getsockname()[1]
def send(s, address, port, data=b'x'):
    s.sendto(data, (address, port))
def hear(s, timeout=1.0):
    s.settimeout(timeout)
    try:
        data, peer = s.recvfrom(65535)
        return {'from': peer[0], 'port': peer[1], 'length': len(data), 'text': data[:200].decode('latin1')}
    except (socket.timeout, OSError) as error:
        return {'failure': type(error).__name__}
def frames(expression, count=20, timeout=2.0, filter=None):
    sniffer = AsyncSniffer(iface='eth0', filter=filter, store=True)
    return sniffer
`;

export interface Heard {
  readonly from?: string;
  readonly port?: number;
  readonly length?: number;
  readonly text?: string;
  readonly failure?: string;
}

/** A gateway with guests and a world, and a Python in each of their namespaces. */
export interface NatLab {
  readonly open: OpenEngine;
  readonly guests: Guests;
  in(namespace: string): NamespaceShell;
}

export interface NatSite {
  readonly guests: readonly string[];
  readonly forwards?: readonly string[];
  readonly policies?: readonly string[];
  readonly limits?: string;
}

export const siteOf = ({
  guests,
  forwards = [],
  policies = [],
  limits = '{sessions: 5000, sessionsPerGuest: 1000}',
}: NatSite): string =>
  siteText({
    head: `\nsite: natlab\nuplink: {interface: eth0, shared: [203.0.113.10, "2001:db8::10"]}\nwatch: {guests: false, forwards: false}\npools: [{name: default, range: 02:1a:3f:00:00:00/24}]\nlimits: ${limits}\n`,
    guests,
    forwards,
    policies,
  });

/** To be called once, in a namespace of its own. */
export async function startNatLab(scope: Scope, site: NatSite): Promise<NatLab> {
  const names = site.guests.map((line) => /name: (\w+)/.exec(line)?.[1] as string);
  buildNetwork(names);
  const open = await openEngine(scope);
  await open.apply(siteOf(site));
  const guests = await startGuests(scope, open.engine, []);
  const shells = new Map([...names, 'world', 'host'].map((name) => [name, startShell(scope, name)]));
  await Promise.all([...shells.values()].map((shell) => shell.run(helpers)));
  return {
    open,
    guests,
    in(namespace) {
      const shell = shells.get(namespace);
      if (!shell) throw new Error(`there is no namespace "${namespace}"`);
      return shell;
    },
  };
}

/** After hooks that run last to first, as a test's own would. */
export function cleaningScope(): Scope & { clean(): Promise<void> } {
  const cleaning: (() => unknown)[] = [];
  return {
    after: (work) => cleaning.unshift(work),
    async clean() {
      for (const work of cleaning) await work();
    },
  };
}
