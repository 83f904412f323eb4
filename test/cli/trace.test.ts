import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { traceAnswerSchema, traceResultsSchema } from '../../src/server/schemas/trace.ts';
import { daemonOfSuite, exampleSite } from '../daemon/test-daemon.ts';
import { sendRequest } from '../server/raw-request.ts';
import { runLauncher } from './run-launcher.ts';

describe('bridgekeeper trace', { concurrency: false }, () => {
  const daemon = daemonOfSuite();
  const cli = (words: readonly string[], input = '') =>
    runLauncher(words, { env: { BRIDGEKEEPER_SOCKET: daemon().socket, TZ: 'Asia/Tokyo' }, input });
  let at = '';
  let port = 0;
  const shared = '203.0.113.10';

  test('names guest, NIC, MAC address and owner of a port block where no log is kept', async () => {
    await cli(['apply', exampleSite]);
    const lease = (await daemon().client.leases()).find(({ guest }) => guest === 'web1');
    assert.ok(lease);
    port = Number(lease.portBlock.split('-')[0]) + 5;
    at = new Date().toISOString();
    const text = await cli(['trace', `${shared}:${port}`, '--at', at]);
    assert.equal(text.status, 0, text.stderr);
    assert.match(
      text.stdout,
      new RegExp(`^${shared}:${port} at .* was guest "web1" .*${lease.mac}.* known from its port block`),
    );
    assert.match(text.stdout, /\nguest web1.*\n {2}NIC web1\/0 {2}segment /);
    // UTC wherever the reader is.
    assert.match(text.stdout, new RegExp(`\\n {2}${at.slice(0, 10)} \\d\\d:\\d\\d:\\d\\dZ to now\\n`));
    const json = await cli(['trace', `${shared}:${port}`, '--at', at, '--protocol', 'tcp', '--json']);
    const answer = traceAnswerSchema.strict().parse(JSON.parse(json.stdout));
    assert.deepEqual([answer.verdict, answer.guests[0]?.guest, answer.sessions], ['guest', 'web1', []]);
    assert.equal(answer.log.state, 'none');
  });

  test('refuses what makes no sense, with status 2 and a sentence', async () => {
    const refused = async (words: readonly string[], message: RegExp) => {
      const { status, stderr, stdout } = await cli(['trace', ...words]);
      assert.deepEqual([status, stdout], [2, ''], words.join(' '));
      assert.match(stderr, message);
    };
    await refused([`${shared}:70000`, '--at', at], /port "70000" is not a number from 1 to 65535/);
    await refused([`${shared}:0`, '--at', at], /port "0"/);
    await refused(
      [`${shared}:${port}`, '--at', '2126-01-01T00:00:00Z'],
      /is yet to come; expected one of the past: it is 20/,
    );
    await refused([`${shared}:${port}`, '--at', '2026-01-01 00:00:00'], /has no zone/);
    await refused(
      ['192.0.2.77:80', '--at', at],
      new RegExp(`is none of this site's; expected the shared address "${shared}"`),
    );
    await refused([`${shared}:${port}`, '--at', at, '--protocol', 'tpc'], /protocol "tpc"/);
    await refused([`${shared}:${port}`], /an address and --at are needed/);
    await refused([shared, '--at', at], /its port is needed, or who the peer was/);
    await refused(['--csv', '-', '--at', at], /with --csv every line says what is asked for/);
    await refused(['--csv', '/nonexistent/reports.csv'], /cannot be read: there is no such file/);
  });

  test('answers a table line by line; a broken line is named and the others are answered', async () => {
    const rows = [
      'Source IP,Source Port,Timestamp,Protocol,Comment',
      `${shared},${port},${at},tcp,first`,
      `${shared},99999,${at},tcp,second`,
      `${shared},${port},2126-01-01T00:00:00Z,tcp,third`,
      `${shared},1000,${at},udp,"fourth, quoted"`,
    ];
    const { status, stdout, stderr } = await cli(['trace', '--csv', '-'], `${rows.join('\n')}\n`);
    assert.equal(status, 1);
    assert.match(stderr, /^2 of 4 lines could not be answered/);
    const lines = stdout.trim().split('\n');
    assert.equal(lines[0], 'line,address,port,protocol,time,verdict,guest,nic,mac,owner,source,begin,end,error');
    assert.match(
      lines[1] ?? '',
      new RegExp(`^2,${shared},${port},tcp,${at},guest,web1,web1/0,[0-9a-f:]{17},.*,port block,`),
    );
    assert.match(lines[2] ?? '', /^3,.*port ""99999"" is not a number/);
    assert.match(lines[3] ?? '', /^4,.*is yet to come/);
    assert.match(lines[4] ?? '', /^5,.*,nobody,,,/);
    const good = await cli(
      ['trace', '--csv', '-', '--zone', 'Z', '--json'],
      `ip,port,time\n${shared},${port},${at.slice(0, 19).replace('T', ' ')}\n`,
    );
    assert.equal(good.status, 0, good.stderr);
    const [answered] = JSON.parse(good.stdout) as { line: number; result: object }[];
    assert.equal(answered?.line, 2);
    traceResultsSchema.parse({ results: [answered?.result] });
  });

  test('the API refuses what it does not know, and answers failures one by one', async () => {
    const { socket } = daemon();
    const unknown = await sendRequest(socket, 'GET', `/v1/trace?address=${shared}&port=${port}&at=${at}&color=red`);
    assert.equal(unknown.status, 400);
    const many = await daemon().client.trace.askMany([
      { address: shared, port, at },
      { address: shared, port: 0, at },
      { address: shared, port, at, within: '3 fortnights' },
    ]);
    assert.deepEqual(
      many.map((result) => ('answer' in result ? result.answer.verdict : result.failure.code)),
      ['guest', 'value-invalid', 'value-invalid'],
    );
  });
});
