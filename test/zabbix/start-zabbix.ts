import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import type { Scope } from '../daemon/test-daemon.ts';

/** Zabbix' JSON-RPC API, as somebody who may do everything. */
export interface Zabbix {
  /** Rejects with what Zabbix says when it refuses. */
  call<Answer>(method: string, params: object): Promise<Answer>;
  /** What its server has logged. */
  log(): string;
}

/** Milliseconds that one part may take to start on a busy machine. */
const startLimit = 60_000;
const webRoot = '/usr/share/zabbix';

/** Users that this namespace knows: in one that maps only root, nobody can become somebody else. */
const knowsUsers = Number(readFileSync('/proc/self/uid_map', 'utf8').trim().split(/\s+/).at(-1)) > 65_535;
const asPostgres = process.getuid?.() === 0 && knowsUsers;

/**
 * Words before a command. PostgreSQL refuses root: its parts run as its user, or as one that only their user namespace
 * knows. Each has process and IPC namespaces of its own, and ends with all that it started when this process does,
 * however that ends.
 */
function unprivileged(): string[] {
  const user = asPostgres ? ['--reuid=postgres', '--regid=postgres', '--clear-groups'] : [];
  const namespaces = ['--user', '--map-user=1000', '--map-group=1000', '--ipc', '--pid', '--fork', '--kill-child=KILL'];
  return ['setpriv', '--pdeathsig=KILL', ...user, 'unshare', ...namespaces];
}

/** Runs a command of the same user to its end. Throws with its output when it fails. */
function run(words: readonly string[], input?: string): string {
  const [program = '', ...rest] = [...unprivileged(), ...words];
  return execFileSync(program, rest, { encoding: 'utf8', input, stdio: 'pipe', maxBuffer: 2 ** 28 });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('a listening socket has no port');
  return address.port;
}

/** Starts a part that is killed with the scope; `log` gets what it says. */
function start(scope: Scope, words: readonly string[], log: (text: string) => void): ChildProcess {
  const [program = '', ...rest] = [...unprivileged(), ...words];
  const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', log);
  scope.after(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  });
  return child;
}

/** Asks until it is so. Throws with what `says` tells after a minute, or when a part has ended. */
async function until(isSo: () => Promise<boolean> | boolean, child: ChildProcess, says: () => string): Promise<void> {
  const deadline = performance.now() + startLimit;
  while (!(await isSo())) {
    if (child.exitCode !== null || performance.now() > deadline) throw new Error(`${child.spawnfile}: ${says()}`);
    await sleep(100);
  }
}

/** Tables of which the templates that Zabbix ships fill nearly all: four fifths of the work, and nothing that is needed. */
const ofTemplates =
  /^INSERT INTO (?:items?|item_\w+|hosts?|host_\w+|hosts_\w+|hostmacro|interface\w*|functions|triggers?|trigger_\w+|graphs\w*|dashboard\w*|widget\w*|valuemap\w*|lld_\w+|group_prototype|optemplate|httptest\w*|httpstep\w*) /;

/** The statements that make Zabbix' tables, without those that fill them with its own templates and host. */
function withoutTemplates(sql: string): string {
  return sql
    .split(/^(?=INSERT INTO )/m)
    .map((statement) => {
      if (!ofTemplates.test(statement)) return statement;
      // What follows the last statement of a table goes with it, but for the end of the transaction.
      return /^COMMIT;$/m.test(statement) ? 'COMMIT;\n' : '';
    })
    .join('');
}

/** PostgreSQL that listens only at a unix socket in `directory`, with Zabbix' tables and templates in it. */
async function startDatabase(scope: Scope, directory: string): Promise<void> {
  const bin = globSync('/usr/lib/postgresql/*/bin').sort().at(-1);
  if (bin === undefined) throw new Error('the package postgresql is not installed');
  const data = join(directory, 'data');
  run([`${bin}/initdb`, '-D', data, '-A', 'trust', '-U', 'zabbix', '--no-sync', '-E', 'UTF8', '--locale=C.UTF-8']);
  const settings = {
    listen_addresses: '',
    unix_socket_directories: directory,
    max_connections: 60,
    shared_buffers: '64MB',
    // What is lost with the machine was to be thrown away anyway.
    fsync: 'off',
    synchronous_commit: 'off',
    full_page_writes: 'off',
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  let log = '';
  const child = start(scope, [`${bin}/postgres`, '-D', data, ...options], (text) => {
    log += text;
  });
  await until(
    () => /ready to accept connections/.test(log),
    child,
    () => log,
  );
  const client = ['-q', '-h', directory, '-U', 'zabbix', '-v', 'ON_ERROR_STOP=1'];
  run([`${bin}/psql`, ...client, 'postgres', '-c', 'CREATE DATABASE zabbix']);
  const sql = ['schema', 'images', 'data'].map((name) =>
    gunzipSync(readFileSync(`/usr/share/zabbix-server-pgsql/${name}.sql.gz`)).toString('utf8'),
  );
  run([`${bin}/psql`, ...client, '-o', '/dev/null', 'zabbix'], withoutTemplates(sql.join('\n')));
}

/** The server that asks hosts and judges triggers. It rereads its configuration each second. */
async function startServer(scope: Scope, directory: string): Promise<() => string> {
  const settings = {
    DBHost: directory,
    DBName: 'zabbix',
    DBUser: 'zabbix',
    LogType: 'console',
    PidFile: join(directory, 'zabbix.pid'),
    SocketDir: directory,
    CacheUpdateFrequency: 1,
    HousekeepingFrequency: 0,
    StartPollers: 2,
    StartPreprocessors: 2,
    StartLLDProcessors: 1,
    StartDBSyncers: 1,
    // It listens to nobody then.
    StartTrappers: 0,
    StartPollersUnreachable: 1,
    StartPingers: 0,
    StartDiscoverers: 0,
    StartHTTPPollers: 0,
    StartAlerters: 1,
    StartHistoryPollers: 1,
    AllowRoot: 1,
  };
  const file = join(directory, 'zabbix_server.conf');
  writeFileSync(
    file,
    Object.entries(settings)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
    { mode: 0o644 },
  );
  let log = '';
  const child = start(scope, ['/usr/sbin/zabbix_server', '-f', '-c', file], (text) => {
    log += text;
  });
  await until(
    () => /server #\d+ started/.test(log),
    child,
    () => log,
  );
  return () => log;
}

/** The frontend, served by PHP itself; what it reads from /etc/zabbix comes from the directory. */
async function startFrontend(scope: Scope, directory: string, port: number): Promise<string> {
  const root = join(directory, 'frontend');
  mkdirSync(root);
  for (const part of ['api_jsonrpc.php', 'app', 'include', 'vendor', 'local', 'modules', 'conf'])
    cpSync(join(webRoot, part), join(root, part), { recursive: true, dereference: true });
  const settings = join(directory, 'zabbix.conf.php');
  const lines = [
    '<?php',
    "$DB['TYPE'] = 'POSTGRESQL';",
    `$DB['SERVER'] = '${directory}';`,
    "$DB['PORT'] = '0';",
    "$DB['DATABASE'] = 'zabbix';",
    "$DB['USER'] = 'zabbix';",
    "$DB['PASSWORD'] = '';",
    "$DB['SCHEMA'] = '';",
    "$DB['ENCRYPTION'] = false;",
    "$DB['DOUBLE_IEEE754'] = true;",
  ];
  writeFileSync(settings, lines.join('\n'), { mode: 0o644 });
  const code = join(root, 'include/classes/core/CConfigFile.php');
  writeFileSync(code, readFileSync(code, 'utf8').replace('/etc/zabbix/zabbix.conf.php', settings));
  let log = '';
  const words = ['-d', 'memory_limit=512M', '-d', 'max_execution_time=60', '-d', 'post_max_size=16M'];
  const child = start(scope, ['php', ...words, '-S', `127.0.0.1:${port}`, '-t', root], (text) => {
    log += text;
  });
  await until(
    () => /started/.test(log),
    child,
    () => log,
  );
  return `http://127.0.0.1:${port}/api_jsonrpc.php`;
}

/**
 * A real Zabbix of Debian's packages: PostgreSQL, server and frontend, all in a directory of their own, on free ports of
 * loopback and without root's rights. Everything ends with the scope. In a namespace with a file system of its own under
 * `base` nothing of it outlives the process, either.
 */
export async function startZabbix(scope: Scope, base = tmpdir()): Promise<Zabbix> {
  const directory = mkdtempSync(join(base, 'bk-zabbix-'));
  scope.after(() => rmSync(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }));
  if (asPostgres) execFileSync('chown', ['postgres:postgres', directory]);
  chmodSync(directory, 0o700);
  await startDatabase(scope, directory);
  const [log, url] = await Promise.all([
    startServer(scope, directory),
    startFrontend(scope, directory, await freePort()),
  ]);
  let auth: string | null = null;
  const call = async <Answer>(method: string, params: object): Promise<Answer> => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json-rpc' },
      body: JSON.stringify({ jsonrpc: '2.0', method, params, auth, id: 1 }),
      signal: AbortSignal.timeout(60_000),
    });
    const text = await response.text();
    const answer = JSON.parse(text) as { result: Answer; error?: { message: string; data: string } };
    if (answer.error !== undefined) throw new Error(`${method}: ${answer.error.message} ${answer.error.data}`);
    return answer.result;
  };
  auth = await call<string>('user.login', { username: 'Admin', password: 'zabbix' });
  return { call, log };
}
