import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Notifier } from '../../../src/model/alert-rule.ts';
import { noHash } from '../../../src/model/journal/journal-record.ts';
import { openSqliteRegistry } from '../../../src/registry/sqlite/open.ts';
import { createAuthority } from './authority.ts';
import { freePort, startChild } from './child-server.ts';
import { alertMessage, notifier, openNotifiers, temporaryDirectory, until } from './open-notifiers.ts';
import { type SyslogMessage, startRsyslog, valuesOf } from './rsyslog.ts';

type Syslog = Extract<Notifier, { kind: 'syslog' }>;

const journalTo = (changes: Partial<Syslog>): Notifier =>
  notifier(
    'siem',
    { kind: 'syslog', server: '127.0.0.1', port: 0, transport: 'tcp', audit: true, clear: false, ...changes },
    { onlyNamed: true },
  );

const isEntry = ({ facility }: SyslogMessage): boolean => facility === 'audit';

/** The chain of the journal, computed anew from what arrived: nothing but what a receiver has. */
function verifyChain(messages: readonly SyslogMessage[]): number {
  let before = { id: 0, hash: noHash };
  for (const message of messages) {
    const { id, kind, who, from, digest, previous, hash } = valuesOf(message);
    const chained = JSON.stringify([previous, Number(id), Date.parse(message.time), kind, who, from, digest]);
    assert.equal(createHash('sha256').update(chained).digest('hex'), hash, `hash of entry ${id}`);
    assert.equal(Number(id), before.id + 1);
    assert.equal(previous, before.hash);
    before = { id: Number(id), hash: hash ?? '' };
  }
  return before.id;
}

/** Those that came for the first time, in the order in which they came. */
function withoutRepeats(messages: readonly SyslogMessage[]): SyslogMessage[] {
  const seen = new Set<string | undefined>();
  return messages.filter((message) => {
    const { id } = valuesOf(message);
    const known = seen.has(id);
    seen.add(id);
    return !known;
  });
}

test('the journal arrives over TLS entry by entry, in order, with its chain and with pseudonyms', async (t) => {
  const directory = temporaryDirectory(t);
  const authority = createAuthority(directory);
  const port = await freePort();
  const pair = authority.issue('log', 'IP:127.0.0.1');
  const server = await startRsyslog(t, { directory, tls: { port, caFile: authority.caFile, ...pair } });
  const settings = journalTo({ port, transport: 'tls', caFile: authority.caFile });
  const opened = await openNotifiers(t, directory, [settings]);
  const actor = { who: 'alice "the ]admin"', from: '203.0.113.7' };
  await opened.registry.noteAll([
    {
      kind: 'lease',
      text: 'leased 02:00:00:00:00:05 to "web1/0"',
      at: 1_795_000_000_123,
      actor,
      owners: ['team-a', 'team-b'],
    },
    { kind: 'drift', text: 'somebody\nelse', at: 1_795_000_000_124, actor, before: { mac: '02:00:00:00:00:05' } },
  ]);
  const entries = () => server.messages().filter(isEntry);
  await until('the entries', () => entries().some(({ type }) => type === 'drift'));
  const lease = entries().find(({ type }) => type === 'lease');
  assert.ok(lease);
  const values = valuesOf(lease);
  assert.deepEqual(
    [values.who, values.from, values.owners, values.kind],
    [actor.who, actor.from, 'team-a,team-b', 'lease'],
  );
  assert.doesNotMatch(JSON.stringify(server.messages()), /02:00:00:00:00:05/);
  assert.match(lease.text, /^ ?leased \S+ to "web1\/0"$/);
  assert.equal(entries().find(({ type }) => type === 'drift')?.severity, 'warning');
  assert.equal(verifyChain(entries()), entries().length);
  // Alerts go to it only where a rule names it.
  await opened.notifiers.deliver(alertMessage(1));
  await opened.notifiers.deliver({ ...alertMessage(2), notify: ['siem'] });
  await until('the alert', () => server.messages().some(({ type }) => type === 'alert.fires'));
  assert.equal(server.messages().filter((message) => !isEntry(message)).length, 1);
  await opened.close();
  // The next one goes on where this one ended.
  const count = entries().length;
  const again = await openNotifiers(t, directory, [settings]);
  await again.registry.note('repair', 'mended', 1_795_000_000_125);
  await until('the next entry', () => entries().some(({ type }) => type === 'repair'));
  assert.equal(verifyChain(entries()), entries().length);
  assert.ok(entries().length > count);
});

test('MAC addresses are in clear where that was asked for', async (t) => {
  const directory = temporaryDirectory(t);
  const tcp = await freePort();
  const server = await startRsyslog(t, { directory, tcp });
  const { registry } = await openNotifiers(t, directory, [journalTo({ port: tcp, clear: true })]);
  await registry.note('lease', 'leased 02:00:00:00:00:05', Date.now());
  await until('the entry', () => server.messages().some(({ text }) => text.includes('02:00:00:00:00:05')));
});

test('a server that was away is told thousands of entries once it is back, each once and in order', async (t) => {
  const directory = temporaryDirectory(t);
  const tcp = await freePort();
  const { registry, notifiers, observations } = await openNotifiers(t, directory, [journalTo({ port: tcp })]);
  const actor = { who: 'alice', from: 'this host' };
  await registry.note('drift', 'the first entry', 1_795_000_000_000);
  await until('trouble', () => notifiers.views()[0]?.trouble);
  assert.match(
    notifiers.views()[0]?.trouble ?? '',
    /the journal is told to entry 0: syslog server "127\.0\.0\.1:\d+" \(TCP\): .*ECONNREFUSED/,
  );
  const last = await registry.noteAll(
    Array.from({ length: 5_000 }, (_, n) => ({
      kind: 'lease',
      text: `entry number ${n}`,
      at: 1_795_000_000_000 + n,
      actor,
    })),
  );
  await until('an event', () => observations.length > 0);
  const server = await startRsyslog(t, { directory, tcp });
  await until('all of them', () => server.messages().length >= last + 4_999);
  assert.equal(verifyChain(server.messages()), last + 4_999);
  await until('no trouble', () => notifiers.views()[0]?.trouble === undefined);
  await until('the end of it', () => observations.at(-1)?.lasts === 'over');
  assert.match(observations[0]?.text ?? '', /notifier "siem": the journal is told to entry 0/);
});

test('a daemon that is killed at any moment leaves no entry out', async (t) => {
  const directory = temporaryDirectory(t);
  const tcp = await freePort();
  const server = await startRsyslog(t, { directory, tcp });
  const settings = journalTo({ port: tcp });
  for (let round = 0; round < 3; round++) {
    const child = startChild(t, process.execPath, [
      '--disable-warning=ExperimentalWarning',
      join(import.meta.dirname, 'writing-daemon.ts'),
      directory,
      JSON.stringify([settings]),
    ]);
    const before = server.messages().length;
    await until(`entries of the child: ${child.errors}`, () => server.messages().length > before + 50);
    await child.stop('SIGKILL');
  }
  const registry = await openSqliteRegistry({ directory: join(directory, 'state'), now: Date.now });
  const [newest] = (await registry.audit.list({ limit: 1 })).entries;
  await registry.close();
  await openNotifiers(t, directory, [settings]);
  const all = () => withoutRepeats(server.messages());
  await until('the rest', () => all().length >= (newest?.id ?? Number.POSITIVE_INFINITY));
  assert.ok(verifyChain(all()) >= (newest?.id ?? 0));
});

test('a journal that was cut is told from its beginning, and it is said', async (t) => {
  const directory = temporaryDirectory(t);
  const tcp = await freePort();
  const server = await startRsyslog(t, { directory, tcp });
  const settings = journalTo({ port: tcp });
  const first = await openNotifiers(t, directory, [settings]);
  await first.registry.note('drift', 'one', Date.now());
  await until('it', () => server.messages().some(({ type }) => type === 'drift'));
  await until('it is counted', () => first.notifiers.views()[0]?.sent === server.messages().length);
  await first.registry.kept.change('cursor', {
    put: [{ id: 'audit siem', body: { id: 1, hash: 'another', to: `tcp 127.0.0.1 ${tcp}` } }],
  });
  await first.close();
  const count = server.messages().length;
  const second = await openNotifiers(t, directory, [settings]);
  await until('all again', () => server.messages().length >= 2 * count);
  assert.match(second.log.join('\n'), /entry 1 of the journal is not the one that notifier "siem" was told of/);
});
