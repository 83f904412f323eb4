import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { createNoneDriver } from '../../../src/drivers/none/none-driver.ts';
import type { Assignments } from '../../../src/model/assignments.ts';
import { parseSite } from '../../../src/model/parse-site.ts';
import { markOf } from '../../../src/model/same-address.ts';
import type { Recorder, RecorderStatus } from '../../../src/observers/recorder/recorder.ts';
import { openSessionLog } from '../../../src/observers/session-log/open-session-log.ts';
import { openSessionReader } from '../../../src/observers/session-log/open-session-reader.ts';
import type { SessionLog, SessionReader } from '../../../src/observers/session-log/session-log.ts';
import type { TraceQuestion } from '../../../src/reconciler/trace/contract.ts';
import { TraceDesk } from '../../../src/reconciler/trace/trace-desk.ts';
import type { Registry } from '../../../src/registry/registry.ts';
import { openSqliteRegistry } from '../../../src/registry/sqlite/open.ts';
import { block, change, holding, lease } from '../../conformance/registry/samples.ts';
import { packSessions, type Sample } from '../../observers/recorder/sample-session.ts';
import { refusal } from '../../registry/site-builder.ts';
import { temporaryDirectory } from '../open-engine.ts';

const noon = Date.parse('2026-11-03T12:00:00Z');
const minute = 60_000;
const shared = '203.0.113.10';
const peer = '198.51.100.7';

const guestLine = (name: string, owner: string) => `{name: ${name}, owner: ${owner}, nics: [{segment: dev}]}`;
const siteOf = (guests: readonly string[], forwards = '') => `site: lab
uplink: {interface: eth0, shared: [${shared}, "2001:db8::10"]}
pools: [{name: default, range: 02:00:00:00:00:00/24}]
segments: [{name: dev, subnet: 10.0.0.0/24}]
guests: [${guests.join(', ')}]
${forwards}
`;
const web1 = lease('web1', 1, 11);
const db1 = lease('db1', 2, 12);
const sip1 = lease('sip1', 3, 13);

/** A session from an inner address, as the world saw it. */
const out = (inner: string, port: number, begin: number, end = 0): Sample => ({
  original: [`${inner}`, peer],
  reply: [peer, shared],
  ports: [40_000 + (port % 1000), 443, 443, port],
  start: begin,
  end,
});

describe('who was it', () => {
  let cleaning: (() => unknown)[];
  let registry: Registry;
  let log: SessionLog;
  let reader: SessionReader;
  let now: number;
  let text: string;
  let status: RecorderStatus;
  let desk: TraceDesk;
  let directory: string;

  beforeEach(async () => {
    cleaning = [];
    directory = temporaryDirectory({ after: (clean) => cleaning.unshift(clean) });
    now = noon;
    registry = await openSqliteRegistry({ directory, now: () => now });
    const sessions = join(directory, 'sessions');
    log = await openSessionLog({
      directory: sessions,
      keepDays: 180,
      mostBytes: 1e9,
      leaveFree: 0,
      now: () => now,
      onEvent: () => {},
    });
    reader = openSessionReader({ directory: sessions });
    cleaning.unshift(
      () => reader.close(),
      () => log.close(),
      () => registry.close(),
    );
    status = {
      mode: 'full',
      running: true,
      since: noon,
      begun: 0,
      ended: 0,
      lostEvents: 0,
      resynchronised: 0,
      foundBegun: 0,
      foundEnded: 0,
    };
    openDesk();
  });
  afterEach(async () => {
    for (const clean of cleaning) await clean();
  });

  const openDesk = () => {
    const recorder: Pick<Recorder, 'flush' | 'status'> = { flush: () => log.flush(), status: async () => status };
    desk = new TraceDesk({
      holders: registry.holders,
      driver: createNoneDriver(),
      sessionReader: reader,
      recorder,
      clock: { now: () => now, monotonic: () => now },
      site: () => parseSite(text, { file: 'site.yaml' }).site,
    });
  };
  const commit = async (
    at: number,
    guests: readonly string[],
    assignments: Assignments,
    more: { kernelSince?: number; forwards?: string } = {},
  ) => {
    const { forwards = '', ...times } = more;
    now = Math.max(now, at);
    text = siteOf(guests, forwards);
    const { objects } = parseSite(text, { file: 'site.yaml' });
    const standing = await registry.objects();
    const gone = standing.filter(({ kind, name }) => !objects.some((one) => one.kind === kind && one.name === name));
    await registry.commit(change({ at, ...times, put: objects, remove: gone, assignments }));
  };
  const ask = (question: Partial<TraceQuestion> = {}, at = now) =>
    desk.ask({ address: shared, at: new Date(at).toISOString(), ...question });
  const guestsOf = async (question: Partial<TraceQuestion>, at?: number) => {
    const { verdict, guests } = await ask(question, at);
    return [
      verdict,
      ...guests.map(
        ({ guest, owner, nics, sources }) => `${guest} ${owner ?? '-'} ${nics.map(({ nic }) => nic)} ${sources}`,
      ),
    ];
  };
  const first = [guestLine('web1', 'team-a'), guestLine('db1', 'team-b')];
  const blocks = [block('web1', 20_000), block('db1', 21_000)];
  const begin = () => commit(noon, first, holding([web1, db1], blocks));

  test('a session of the log names guest, NIC, MAC address and owner, and how it was translated', async () => {
    await begin();
    now = noon + 10 * minute;
    log.end(packSessions([{ ...out(web1.ipv4, 20_089, noon + minute, noon + 2 * minute) }]));
    const answer = await ask({ port: 20_089 }, noon + 90_000);
    assert.equal(answer.verdict, 'guest');
    assert.equal(
      answer.sentence,
      `203.0.113.10:20089 at 2026-11-03 12:01:30Z was guest "web1" (NIC web1/0, ${web1.mac}) of owner "team-a", known from the log (1 session).`,
    );
    const [session] = answer.sessions;
    assert.deepEqual(
      [session?.from.inner, session?.from.public, session?.to.inner, session?.asked, session?.begin, session?.end],
      [
        { address: web1.ipv4, port: 40_089 },
        { address: shared, port: 20_089 },
        { address: peer, port: 443 },
        'from',
        noon + minute,
        noon + 2 * minute,
      ],
    );
    assert.deepEqual(answer.log, { state: 'kept' });
    // A minute later the port was web1's still, and had no session.
    const later = await ask({ port: 20_089 }, noon + 3 * minute);
    assert.match(
      later.sentence,
      /was guest "web1" .*, known from its port block 20000-20099: the log has no session of it at that time\.$/,
    );
    assert.deepEqual(later.notes, ['If the time may be off, say by how much: --within 5m.']);
    const wide = await ask({ port: 20_099, within: '5m' }, noon + 3 * minute);
    assert.deepEqual(wide.notes, [], 'who said by how much is not told to');
    assert.match((await ask({ port: 20_089, within: '2m' }, noon + 3 * minute)).sentence, /known from the log/);
  });

  test('where no log was kept the port block alone tells, and says why', async () => {
    await begin();
    now = noon + 10 * minute;
    status = { ...status, mode: 'blocks', running: false, since: undefined as never };
    delete (status as { since?: number }).since;
    log.gap(noon - minute, now, 'sessionLog.mode was "blocks"');
    const answer = await ask({ port: 21_005 }, noon + minute);
    assert.deepEqual([answer.verdict, answer.guests[0]?.guest, answer.log.state], ['guest', 'db1', 'none']);
    assert.match(
      answer.sentence,
      /was guest "db1" .* known from its port block 21000-21099 alone: nothing was recorded from .* \(sessionLog\.mode was "blocks"\)\.$/,
    );
    log.gap(0, noon - minute, 'the log of sessions had not been begun');
    const { why } = (await ask({ port: 21_005 }, noon - 2 * minute)).log;
    assert.match(why ?? '', /^nothing was recorded before 20.*Z \(the log of sessions had not been begun\)$/);
  });

  test('in the moment in which an address changes hands the port block says whose session it was', async () => {
    await begin();
    const web2 = { ...web1, guest: 'web2' };
    const second = [guestLine('web2', 'team-c'), first[1] as string];
    const after = holding([web2, db1], [block('web2', 22_000), block('db1', 21_000)]);
    await commit(noon + minute, second, after, { kernelSince: noon + minute - 500 });
    now = noon + 5 * minute;
    log.end(
      packSessions([
        out(web1.ipv4, 20_001, noon + minute - 300, noon + minute),
        out(web1.ipv4, 22_001, noon + minute - 200, noon + 2 * minute),
        {
          ...out(web1.ipv4, 8080, noon + minute - 100, noon + 2 * minute),
          original: [peer, shared],
          reply: [web1.ipv4, peer],
          ports: [50_000, 8080, 80, 50_000],
        },
      ]),
    );
    const moment = noon + minute - 100;
    assert.deepEqual(await guestsOf({ port: 20_001 }, moment), ['guest', 'web1 team-a web1/0 log,port block']);
    assert.deepEqual(await guestsOf({ port: 22_001 }, moment), ['guest', 'web2 team-c web2/0 log,port block']);
    // Of one that came from the world just then it may have been either, and both are told.
    assert.equal((await ask({ port: 8080 }, moment))?.verdict, 'several');
    assert.deepEqual(await guestsOf({ port: 22_001 }, noon + 90_000), ['guest', 'web2 team-c web2/0 log,port block']);
    assert.deepEqual(await guestsOf({ address: web1.ipv4 }, noon + 30_000), ['guest', 'web1 team-a web1/0 address']);
    assert.deepEqual((await guestsOf({ address: web1.ipv4 }, noon + 90_000))[1], 'web2 team-c web2/0 log,address');
  });

  test('when the time is not exact all who had the port in it are told, with their times', async () => {
    await begin();
    await commit(noon + minute, [first[1] as string], holding([db1], [block('db1', 20_000)]));
    now = noon + 5 * minute;
    const answer = await ask({ port: 20_010, within: '2m' }, noon + minute);
    assert.equal(answer.verdict, 'several');
    assert.deepEqual(
      answer.guests.map(({ guest, since, until }) => [guest, since, until]),
      [
        ['web1', noon, noon + minute],
        ['db1', noon + minute, undefined],
      ],
    );
    assert.match(
      answer.sentence,
      /was one of 2 guests: guest "web1" .* \(2026-11-03 12:00:00Z to 2026-11-03 12:01:00Z\); guest "db1" .* to now\)\.$/,
    );
    // Where the log knows of a session of one of them, and of all of that time, it was that one.
    log.end(packSessions([out(db1.ipv4, 20_010, noon + minute + 10, noon + 2 * minute)]));
    const known = await ask({ port: 20_010, within: '1m' }, noon + minute);
    assert.deepEqual([known.verdict, known.guests[0]?.guest], ['guest', 'db1']);
    assert.match(known.notes[0] ?? '', /Guest "web1" had it in that time too/);
  });

  test('a gap while sessions are recorded counts as one: who is known from the log is not all who may be meant', async () => {
    await begin();
    await commit(noon + minute, [first[1] as string], holding([db1], [block('db1', 20_000)]));
    now = noon + 5 * minute;
    log.end(packSessions([out(db1.ipv4, 20_010, noon + minute + 10, noon + 2 * minute)]));
    log.gap(noon + minute - 10_000, noon + minute - 5000, 'the disk could not take all sessions');
    const { verdict, guests, log: coverage } = await ask({ port: 20_010, within: '1m' }, noon + minute);
    assert.deepEqual([verdict, coverage.state], ['several', 'gap']);
    assert.deepEqual(guests.map(({ guest }) => guest).sort(), ['db1', 'web1']);
    log.gap(0, noon, 'the log of sessions had not been begun');
    assert.equal((await ask({ port: 20_010 }, noon)).log.state, 'kept');
  });

  test('where more sessions are than are looked at, who had the port after them is told as well', async () => {
    await begin();
    await commit(noon + minute, [first[1] as string], holding([db1], [block('db1', 20_000)]));
    now = noon + 5 * minute;
    const many = Array.from({ length: 2100 }, (_, i) => out(web1.ipv4, 20_010, noon + i * 10, noon + i * 10 + 5));
    log.end(packSessions([...many, out(db1.ipv4, 20_010, noon + minute + 10, noon + 2 * minute)]));
    const question = { address: shared, port: 20_010, at: new Date(noon + minute).toISOString(), within: '1m' };
    const [result] = await desk.askMany([question]);
    for (const answer of [await desk.ask(question), result && 'answer' in result ? result.answer : undefined]) {
      assert.deepEqual([answer?.truncated, answer?.verdict], [true, 'several']);
      assert.deepEqual(answer?.guests.map(({ guest }) => guest).sort(), ['db1', 'web1']);
    }
    const { notes } = await desk.ask({ address: shared, peer, at: question.at, within: '1m' });
    assert.match(notes.join(), /the later ones were not looked at/);
  });

  test('what could not be read acquits nobody', async () => {
    await begin();
    log.end(packSessions([out(web1.ipv4, 20_010, noon, noon + minute)]));
    now = noon + 2 * 86_400_000;
    for (let i = 0; i < 5; i++) await log.flush().then(() => new Promise((resolve) => setTimeout(resolve, 20)));
    assert.equal((await ask({ port: 20_010 }, noon + 1000)).log.state, 'kept');
    const file = join(directory, 'sessions/2026-11-03.sessions');
    const bytes = readFileSync(file);
    writeFileSync(file, bytes.fill(7, 0, bytes.readDoubleLE(bytes.length - 12)));
    reader = await reader.close().then(() => openSessionReader({ directory: join(directory, 'sessions') }));
    openDesk();
    const { sessions, log: coverage } = await ask({ port: 20_010 }, noon + 1000);
    assert.deepEqual([sessions.length, coverage.state, coverage.why?.includes('damaged')], [0, 'gap', true]);
  });

  test('forwards, same-address ports and sessions by mark lead to their guests', async () => {
    const sip = '{name: sip1, owner: team-s, share: same-address, ports: [5060], nics: [{segment: dev}]}';
    const forwards = 'forwards: [{port: 8080, to: "web1:80"}, {port: 30000-30009, protocol: udp, to: "db1:30000"}]';
    const held = holding([web1, db1, sip1], [...blocks, block('sip1', 23_000, 7)]);
    await commit(noon, [...first, sip], held, { forwards });
    now = noon + 10 * minute;
    const mark = markOf(7);
    log.end(
      packSessions([
        {
          original: [peer, shared],
          reply: [shared, peer],
          ports: [50_001, 5060, 5060, 50_001],
          mark,
          start: noon + minute,
          end: noon + 2 * minute,
        },
        {
          original: [shared, peer],
          reply: [peer, shared],
          ports: [33_000, 443, 443, 23_050],
          mark,
          zone: 7,
          start: noon + minute,
          end: noon + 2 * minute,
        },
        {
          original: [peer, shared],
          reply: [web1.ipv4, peer],
          ports: [50_002, 8080, 80, 50_002],
          start: noon + minute,
          end: noon + 2 * minute,
        },
      ]),
    );
    const at = noon + 90_000;
    assert.deepEqual(await guestsOf({ port: 5060, peer: `${peer}:50001` }, at), [
      'guest',
      'sip1 team-s sip1/0 log,same-address port',
    ]);
    assert.deepEqual(await guestsOf({ port: 23_050 }, at), ['guest', 'sip1 team-s sip1/0 log,port block']);
    assert.deepEqual(await guestsOf({ port: 8080, protocol: 'tcp' }, at), ['guest', 'web1 team-a web1/0 log,forward']);
    assert.deepEqual(await guestsOf({ port: 8080, protocol: 'udp' }, at), ['nobody']);
    assert.deepEqual(await guestsOf({ port: 30_005, protocol: 'udp' }, at), ['guest', 'db1 team-b db1/0 forward']);
    assert.deepEqual(await guestsOf({ address: '2001:db8::10', port: 30_005 }, at), [
      'guest',
      'db1 team-b db1/0 forward',
    ]);
    // The port that it has inside is none that the world saw.
    assert.notEqual((await guestsOf({ port: 33_000 }, at))[0], 'guest');
    // Without the port, by the peer alone.
    assert.deepEqual(await guestsOf({ peer: `${peer}:50002` }, at), ['guest', 'web1 team-a web1/0 log']);
  });

  test('after an erasure it says that the data was erased, not that it was nobody', async () => {
    await begin();
    await commit(noon + minute, [first[1] as string], holding([db1], [blocks[1] as never]));
    now = noon + 60 * minute;
    log.end(packSessions([out(web1.ipv4, 20_001, noon + 1000, noon + 2000)]));
    const privacy = { clear: 90, period: 30, keep: 0 };
    await registry.privacy.erase('team-a', {
      privacy,
      now,
      actor: { who: 'ada', from: 'a test' },
      forget: async () => {},
    });
    const answer = await ask({ port: 20_001 }, noon + 1500);
    assert.deepEqual([answer.verdict, answer.guests], ['erased', []]);
    assert.match(answer.sentence, /was a guest of which everything has been erased since/);
    assert.doesNotMatch(JSON.stringify(answer), /web1|team-a/);
    assert.equal((await ask({ address: web1.ipv4 }, noon + 1500)).verdict, 'erased', 'by its session');
    const inner = await ask({ address: web1.ipv4 }, noon + 30_000);
    assert.deepEqual([inner.verdict, inner.notes.length], ['nobody', 1]);
    assert.match(inner.notes[0] ?? '', /What a NIC of segment "dev" held at that time was erased since/);
    assert.deepEqual((await guestsOf({ port: 21_001 }, noon + 1500))[0], 'guest');
  });

  test('a question that makes no sense is refused in a sentence', async () => {
    await begin();
    const refused = (question: Partial<TraceQuestion>, message: RegExp) =>
      assert.rejects(ask({ port: 20_001, ...question }), refusal('value-invalid', message));
    await refused(
      { at: '2027-01-01T00:00:00Z' },
      /is yet to come; expected one of the past: it is 2026-11-03 12:00:00Z now/,
    );
    await refused({ at: '2026-11-03 12:00:00' }, /has no zone/);
    await refused(
      { address: '192.0.2.1' },
      /address "192\.0\.2\.1" is none of this site's; expected the shared address "203\.0\.113\.10" and "2001:db8::10", or an inner/,
    );
    await refused({ address: '203.0.113' }, /IPv4 address "203\.0\.113"/);
    await refused({ port: 0 }, /port "0"/);
    await refused({ port: 70_000 }, /port "70000"/);
    await refused({ protocol: 'tpc' }, /protocol "tpc"/);
    await refused({ peer: '2001:db8::7' }, /not of the same kind/);
    await refused({ within: '25h' }, /expected at most "24h"/);
    await assert.rejects(ask({}), refusal('value-invalid', /its port is needed, or who the peer was/));
  });

  test('of many questions each has its own answer, in their order', async () => {
    await begin();
    now = noon + 10 * minute;
    const at = (moment: number) => new Date(moment).toISOString();
    const results = await desk.askMany([
      { address: shared, port: 21_001, at: at(noon + 2 * minute) },
      { address: shared, port: 70_000, at: at(noon) },
      { address: '192.0.2.1', port: 1, at: at(noon) },
      { address: shared, port: 20_001, at: at(noon + minute) },
    ]);
    assert.deepEqual(
      results.map((result) => ('answer' in result ? result.answer.guests[0]?.guest : result.failure.code)),
      ['db1', 'value-invalid', 'value-invalid', 'web1'],
    );
    assert.deepEqual(await desk.askMany([]), []);
  });
});
