import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { listenOnSocket } from '../../src/server/listen-on-socket.ts';
import { createServer } from '../../src/server/server.ts';
import { launcher, runLauncher } from '../cli/run-launcher.ts';
import { PseudoTerminal } from '../cli/sessions/pseudo-terminal.ts';
import { enterNamespace } from '../drivers/linux/in-namespace.ts';
import { type OpenEngine, openEngine } from '../reconciler/open-engine.ts';
import { siteText } from '../reconciler/sites.ts';
import { buildNetwork, shared, world } from './network.ts';
import { type Guests, startGuests } from './start-guests.ts';

enterNamespace(import.meta.filename);

const site = siteText({
  guests: [
    'name: web1, owner: team-a, nics: [{segment: dev}]',
    'name: db1, nics: [{segment: dev}]',
    'name: api1, nics: [{segment: prod}]',
  ],
  forwards: ['port: 8080, to: "web1:80"'],
});
const streams = [
  ['web1', 'out', world.ipv4, 80],
  ['world', 'in', shared.ipv4, 8080],
  ['api1', 'hairpin', shared.ipv4, 8080],
  ['db1', 'other', world.ipv4, 80],
] as const;

const cleaning: (() => unknown)[] = [];
let guests: Guests;
let opened: OpenEngine;
let server: Awaited<ReturnType<typeof createServer>>;
let socket: string;

async function serve(): Promise<void> {
  server = await createServer(opened.engine, { objects: () => opened.registry.objects() });
  await listenOnSocket(server, socket);
}

before(async () => {
  const scope = { after: (clean: () => unknown) => cleaning.unshift(clean) };
  buildNetwork(['web1', 'db1', 'api1']);
  opened = await openEngine(scope);
  await opened.apply(site);
  guests = await startGuests(scope, opened.engine, ['world']);
  await guests.listen({ world: [80], web1: [80] });
  for (const [from, name, address, port] of streams) {
    await guests.agent(from).call('startStream', { name, address, port });
  }
  socket = `${opened.directory}/socket`;
  await serve();
  scope.after(() => server.close());
});
after(async () => {
  for (const clean of cleaning) await clean();
});

const sessions = (...words: string[]) => runLauncher(['sessions', ...words], { env: { BRIDGEKEEPER_SOCKET: socket } });

function open(
  t: { after(clean: () => unknown): void },
  words: string,
  env: NodeJS.ProcessEnv = {},
  before = '',
): PseudoTerminal {
  const size = { columns: 80, rows: 24 };
  const terminal = new PseudoTerminal(`${before}${launcher} sessions ${words}; echo "status $?"`, size, {
    BRIDGEKEEPER_SOCKET: socket,
    ...env,
  });
  t.after(() => terminal.kill());
  return terminal;
}

test('without a terminal the answer is a table, CSV or JSON, and the same in each', async () => {
  const table = await sessions('--sort', 'age');
  assert.equal(table.status, 0, table.stderr);
  const [headings, ...lines] = table.stdout.trim().split('\n');
  assert.match(headings ?? '', /^NIC .* left$/);
  assert.match(lines.at(-1) ?? '', /^4 sessions; the kernel's table holds \d+ of [\d,]+ \(\d/);
  assert.match(lines[0] ?? '', new RegExp(`^web1/0 +out +tcp +established .* ${world.ipv4}:80 `));
  const csv = (await sessions('--csv')).stdout.trim().split('\n');
  assert.match(csv[0] ?? '', /^id,guest,nic,segment,owner,direction,/);
  const json = JSON.parse((await sessions('--json')).stdout);
  assert.deepEqual([csv.length, lines.length, json.sessions.length, json.total], [5, 5, 4, 4]);
  const byGuest = await sessions('--by', 'guest', '--sort', 'sessions', '--once');
  assert.match(byGuest.stdout, /^web1 +team-a +3 +200 +3 /m);
  const wrong = await sessions('--guest', 'web2');
  assert.deepEqual([wrong.status, /did you mean "web1"/.test(wrong.stderr)], [2, true]);
});

test('on a terminal sessions are watched, with what moves each second', async (t) => {
  const terminal = open(t, '');
  await terminal.shows(/^4 sessions {3}table \d+ of [\d,]+ \(\d+ %\) {3}sorted by bytes/);
  await terminal.shows(/^web1\/0 .* [1-9]\d* [kM]B +[1-9]\d* [kM]B +\S+ [kM]B +\S+ [kM]B/m);
  assert.deepEqual([terminal.screen.alternate, terminal.screen.lines.length], [true, 24]);
  assert.ok(terminal.screen.styles > 0, 'headings stand out');
  terminal.type('g');
  await terminal.shows(/^4 sessions of 3 guests[\s\S]*^web1 +3 /m);
  terminal.type('s');
  await terminal.shows(/sorted by packets/);
  terminal.type('gss');
  await terminal.shows(/sorted by age/);
  terminal.type('/guest db1');
  await terminal.until(({ cursorVisible }) => cursorVisible, 'a cursor where the filter is typed');
  terminal.type('\r');
  await terminal.shows(/^1 session [\s\S]*^filter: guest db1$[\s\S]*^db1\/0 /m);
  terminal.type('/\u0015guest db9\r');
  await terminal.shows(/^There is no guest "db9"; did you mean "db1"\?$/m);
  terminal.type('/\u0015\r');
  await terminal.shows(/^4 sessions /m);
  terminal.type('q');
  await terminal.ended();
  const text = terminal.screen.lines.join('\n');
  assert.deepEqual([terminal.screen.alternate, terminal.screen.cursorVisible, text.trim()], [false, true, 'status 0']);
});

test('another size of the terminal is another screen, and NO_COLOR is without styles', async (t) => {
  const terminal = open(t, '', { NO_COLOR: '1' }, '(sleep 2; stty rows 8 cols 40 < /dev/tty) & ');
  await terminal.shows(/^q quit/m);
  await terminal.until(({ lines }) => lines[7]?.startsWith('q quit') === true, 'a screen of 8 lines');
  assert.ok(
    terminal.screen.lines.every((line) => line.length <= 40),
    terminal.screen.lines.join('\n'),
  );
  assert.equal(terminal.screen.styles, 0);
});

test('Ctrl-C ends it', async (t) => {
  const terminal = open(t, '');
  await terminal.shows(/^4 sessions/m);
  terminal.type('\u0003');
  await terminal.ended();
  assert.equal(terminal.screen.lines.join('\n').trim(), 'status 0');
});

test('a daemon that is away is told of, and what it knows is shown when it is back', async (t) => {
  const terminal = open(t, '');
  await terminal.shows(/^4 sessions/m);
  await server.close();
  await terminal.shows(/^The daemon does not answer at [\s\S]*^web1\/0 /m);
  await serve();
  await terminal.until(({ lines }) => lines[1] === '', 'no complaint any more');
  terminal.type('q');
  await terminal.ended();
});

test('kill says what it would end, asks, and ends that alone', async (t) => {
  const refused = await sessions('kill', '--guest', 'web1');
  assert.equal(refused.status, 2);
  assert.match(refused.stdout, /^3 sessions would be ended, of web1 \(3\), api1 \(1\):\n {2}NIC /);
  assert.match(refused.stderr, /nobody to ask: add --yes/);
  const asked = open(t, 'kill --guest web1');
  await asked.shows(/They break for both ends\. Type "yes" to go on:$/m);
  asked.type('no\n');
  await asked.ended();
  assert.match(asked.screen.lines.join('\n'), /Nothing was ended\.\nstatus 1/);
  assert.equal(JSON.parse((await sessions('--json')).stdout).total, 4);
  const done = open(t, 'kill --guest web1');
  await done.shows(/Type "yes"/);
  done.type('yes\n');
  await done.ended();
  assert.match(done.screen.lines.join('\n'), /3 sessions were ended\.\nstatus 0/);
  const none = await sessions('kill', '--guest', 'web1', '--state', 'established', '--yes');
  assert.deepEqual([none.status, none.stdout], [0, 'No session matches, so none was ended.\n']);
  const report = await guests.agent('db1').call('reportStream', { name: 'other' });
  assert.equal(report.failure, undefined, 'its neighbour noticed nothing');
});
