import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exampleSite } from '../daemon/test-daemon.ts';
import { runLauncher } from './run-launcher.ts';

const explain = (...words: string[]) => runLauncher(['explain', '--site', exampleSite, ...words]);

test('a way by a site file: numbered steps and a verdict, exit status 0 also when it is refused', async () => {
  const way = await explain('--from', 'web1', '--to', '198.51.100.7:443');
  assert.equal(way.status, 0, way.stderr);
  assert.match(
    way.stdout,
    /^tcp from web1\/0 \(10\.77\.10\.2\) to world \(198\.51\.100\.7\) port 443\n\n1 {2}port +the guard/,
  );
  assert.match(
    way.stdout,
    /\nDelivered: leaves by uplink "eth0" to 198\.51\.100\.7:443 as 203\.0\.113\.10, port \d+-\d+\.\n$/,
  );
  const refused = await explain('--from', 'api1', '--to', 'web1:80');
  assert.equal(refused.status, 0);
  assert.match(
    refused.stdout,
    /\nRefused: segments "prod" and "dev" are apart, .*\nTo let it pass: add under policies: - \{from: api1/,
  );
});

test('--json prints what the API answers', async () => {
  const { stdout } = await explain('--from', 'world', '--to', 'web1:80', '--json');
  const answer = JSON.parse(stdout);
  assert.deepEqual(
    [answer.verdict, answer.arrival.name, answer.arrival.destination.port, answer.translation.destination.from.port],
    ['delivered', 'web1/0', 80, 8080],
  );
});

test('wrong input: exit status 2 and a sentence', async () => {
  const cases: [string[], RegExp][] = [
    [['--from', 'wep1', '--to', 'host:22'], /no guest "wep1".*did you mean "web1"/],
    [['--from', 'web1', '--to', 'host:99999'], /port "99999"/],
    [['--from', 'web1', '--to', 'host:22', '--protocol', 'icmp'], /ICMP has none/],
    [['--from', 'web1', '--to', 'host:22', '--protocol', 'sctp'], /sctp/],
    [['--from', 'web1', '--to', 'host:22', '--live'], /leave --site out/],
    [['--from', 'web1', '--to', 'host:22', '--raw'], /belong to --live/],
    [['--to', 'host:22'], /--from/],
  ];
  for (const [words, pattern] of cases) {
    const { status, stderr, stdout } = await explain(...words);
    assert.equal(status, 2, `${words.join(' ')}: ${stderr}`);
    assert.match(stderr, pattern);
    assert.equal(stdout, '');
  }
});
