/** What the files of one folder may import. */
export interface Boundary {
  /** Folder, or a single file that may more than its folder. The longest one that fits a file counts. */
  readonly from: string;
  /** Folders or files of this repository, besides the folder itself. */
  readonly to: readonly string[];
  /** npm packages and node: modules; '*' is every one. */
  readonly packages: readonly string[];
}

const pure = ['node:crypto', 'node:net'];
/** The web of types between the reconciler's contract and whoever shows its answers. */
const contracts = [
  'src/reconciler/audit/contract.ts',
  'src/reconciler/privacy/contract.ts',
  'src/reconciler/limits/contract.ts',
  'src/reconciler/macs/contract.ts',
  'src/reconciler/explain/contract.ts',
  'src/reconciler/mirrors/contract.ts',
  'src/reconciler/rotations/contract.ts',
  'src/reconciler/sessions/contract.ts',
  'src/reconciler/shared-ports/contract.ts',
  'src/reconciler/trace/contract.ts',
  'src/reconciler/tenancy/contract.ts',
  'src/reconciler/traffic/contract.ts',
  'src/reconciler/events/contract.ts',
  'src/reconciler/alerts/contract.ts',
  'src/reconciler/isolation/contract.ts',
  'src/events/contract.ts',
  'src/reconciler/wire/contract.ts',
  'src/reconciler/engine-contract.ts',
  'src/observers/recorder/recorder.ts',
  'src/observers/session-log/session-log.ts',
  'src/stateless/contract.ts',
  'src/registry/registry.ts',
  'src/drivers/driver.ts',
  'src/access/principal.ts',
  'src/access/proofs/proof.ts',
  'src/access/logins/account.ts',
];

/**
 * The dependency rule of the design: errors ← model ← {registry, compile, drivers} ← reconciler ← server ← daemon.
 * model and compile do no I/O, drivers import neither each other nor the registry, nothing imports daemon.
 */
export const boundaries: readonly Boundary[] = [
  { from: 'src/errors', to: [], packages: [] },
  { from: 'src/model', to: ['src/errors'], packages: [...pure, 'ipaddr.js', 'yaml', 'zod'] },
  // The registry of vendors is a file of a package, read when it is asked for: data like a module, but too large for one.
  { from: 'src/model/vendors.ts', to: ['src/model'], packages: ['node:fs', 'node:module'] },
  { from: 'src/compile', to: ['src/errors', 'src/model'], packages: pure },
  // The way of a packet, from the desired state alone.
  { from: 'src/explain', to: ['src/errors', 'src/model'], packages: [] },
  { from: 'src/system', to: ['src/errors', 'src/model'], packages: ['*'] },
  { from: 'src/registry', to: ['src/errors', 'src/model', 'src/system'], packages: ['*'] },
  // A cloud played with the strategies of the pools; pure.
  { from: 'src/simulate', to: ['src/errors', 'src/model', 'src/registry/pools'], packages: [] },
  { from: 'src/drivers', to: ['src/errors', 'src/model'], packages: [] },
  ...['linux', 'none', 'ovn', 'fake'].map((driver) => ({
    from: `src/drivers/${driver}`,
    to: ['src/errors', 'src/model', 'src/system', 'src/drivers/driver.ts'],
    packages: ['*'],
  })),
  // What a rule did with a packet is said in the same words as what the site means for it.
  {
    from: 'src/drivers/linux/trace',
    to: ['src/errors', 'src/model', 'src/system', 'src/explain', 'src/drivers/linux'],
    packages: ['*'],
  },
  {
    from: 'src/events',
    to: [
      'src/errors',
      'src/model',
      'src/system',
      'src/registry/registry.ts',
      'src/registry/journal',
      'src/registry/kept',
      // Types: alerts as they are shown are alerts as they are told.
      'src/reconciler/alerts/contract.ts',
      'src/reconciler/isolation/contract.ts',
    ],
    packages: ['*'],
  },
  // Observers tell what a driver shows, in the words of the site.
  {
    from: 'src/observers',
    to: ['src/errors', 'src/model', 'src/system', 'src/events', 'src/drivers/driver.ts'],
    packages: ['*'],
  },
  {
    from: 'src/reconciler',
    to: [
      'src/errors',
      'src/model',
      'src/compile',
      'src/explain',
      'src/registry',
      'src/drivers/driver.ts',
      'src/system',
      'src/events',
      'src/observers',
    ],
    packages: ['*'],
  },
  {
    from: 'src/server',
    to: [
      'src/errors',
      'src/model',
      'src/access',
      'src/system/peer-credentials.ts',
      'src/reconciler/engine-contract.ts',
      'src/reconciler/audit/contract.ts',
      'src/reconciler/privacy/contract.ts',
      'src/reconciler/limits/contract.ts',
      'src/reconciler/macs/contract.ts',
      'src/reconciler/explain/contract.ts',
      'src/reconciler/mirrors/contract.ts',
      'src/reconciler/rotations/contract.ts',
      'src/reconciler/sessions/contract.ts',
      'src/reconciler/shared-ports/contract.ts',
      'src/reconciler/trace/contract.ts',
      'src/reconciler/tenancy/contract.ts',
      'src/reconciler/traffic/contract.ts',
      'src/reconciler/events/contract.ts',
      'src/reconciler/alerts/contract.ts',
      'src/reconciler/isolation/contract.ts',
      'src/events/contract.ts',
      'src/reconciler/wire/contract.ts',
      'src/stateless/contract.ts',
      'src/registry/registry.ts',
      'src/registry/journal/journal.ts',
      'src/registry/kept',
    ],
    packages: ['*'],
  },
  // Who may do what, and how somebody shows who they are.
  {
    from: 'src/access',
    to: [
      'src/errors',
      'src/model',
      'src/system',
      'src/registry/registry.ts',
      'src/registry/journal',
      'src/registry/kept',
    ],
    packages: ['*'],
  },
  { from: 'src/client', to: ['src/errors', ...contracts], packages: [] },
  // The transports of Node; a browser brings one of its own.
  {
    from: 'src/client/socket-transport.ts',
    to: ['src/errors', 'src/client'],
    packages: ['node:http'],
  },
  { from: 'src/client/node-send.ts', to: ['src/client'], packages: ['node:http'] },
  { from: 'src/client/tls-transport.ts', to: ['src/errors', 'src/client'], packages: ['node:https'] },
  { from: 'src/importers', to: ['src/errors', 'src/model'], packages: [...pure, 'csv-parse', 'sax'] },
  { from: 'src/init', to: ['src/errors', 'src/model', 'src/importers', 'src/system'], packages: ['*'] },
  // What needs no state of a daemon; the daemon offers it, too, on a thread of its own.
  {
    from: 'src/stateless',
    to: [
      'src/errors',
      'src/model',
      'src/compile',
      'src/simulate',
      'src/importers',
      'src/init',
      'src/registry/propose.ts',
      'src/registry/leases/memory-addresses.ts',
      'src/drivers/linux/render.ts',
      'src/drivers/linux/uplink.ts',
      'src/reconciler/host-ports.ts',
      'src/system',
    ],
    packages: [...pure, 'node:worker_threads'],
  },
  { from: 'src/lab', to: ['src/errors', 'src/model', 'src/system', 'src/client'], packages: ['*'] },
  { from: 'src/cli', to: ['src/errors', 'src/model', 'src/client', 'src/system', 'src/lab'], packages: ['*'] },
  // Commands that compute without a daemon, and the one that is the daemon.
  {
    from: 'src/cli/commands/explain.ts',
    to: ['src/cli', 'src/errors', 'src/model', 'src/client', 'src/explain', 'src/stateless'],
    packages: ['commander'],
  },
  {
    from: 'src/cli/commands/render.ts',
    to: ['src/cli', 'src/model', 'src/stateless'],
    packages: ['commander'],
  },
  {
    from: 'src/cli/commands/validate.ts',
    to: ['src/cli', 'src/model', 'src/stateless'],
    packages: ['commander'],
  },
  {
    from: 'src/cli/commands/init.ts',
    to: ['src/cli', 'src/model', 'src/init'],
    packages: ['commander'],
  },
  {
    from: 'src/cli/mac/import.ts',
    to: ['src/cli', 'src/errors', 'src/model', 'src/client', 'src/importers'],
    packages: ['commander'],
  },
  {
    from: 'src/cli/trace/read-reports.ts',
    to: ['src/cli', 'src/errors', 'src/model', 'src/client', 'src/importers'],
    packages: [],
  },
  {
    from: 'src/cli/mac/simulate.ts',
    to: ['src/cli', 'src/model', 'src/simulate'],
    packages: ['commander'],
  },
  {
    from: 'src/cli/commands/daemon.ts',
    to: ['src/cli', 'src/errors', 'src/daemon/daemon.ts'],
    packages: ['commander'],
  },
  { from: 'src/daemon', to: ['src'], packages: ['*'] },
  { from: 'web', to: ['src/client', 'src/errors'], packages: ['*'] },
  { from: 'packaging', to: ['src'], packages: ['*'] },
  { from: 'bench', to: ['src'], packages: ['*'] },
  // One way to open a browser, for tests and measurements.
  {
    from: 'bench/parts/page.ts',
    to: ['src', 'bench', 'test/browser', 'test/server/metrics/free-port.ts'],
    packages: ['*'],
  },
  { from: 'test', to: ['src', 'packaging', 'bench', 'web'], packages: ['*'] },
];
