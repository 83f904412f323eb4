import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { foreignFirewallNotices, readForeignChains } from '../../../src/drivers/linux/foreign-firewalls.ts';
import { shell } from './host/snapshot-host.ts';
import { enterNamespace } from './in-namespace.ts';

enterNamespace(import.meta.filename);
before(() => shell('ip link set lo up'));

/** nft 1.0.6 wants a new line before a brace that closes a block; braces of sets here follow a quote. */
function load(rules: string): void {
  shell(`nft -f - <<'rules'\n${rules.replace(/(?<!") \};?/g, '\n}\n')}\nrules`);
}

/** What is told of bridge bk-dev with these rules loaded. */
async function noticesOf(rules: string, ipv6: readonly string[] = []): Promise<string[]> {
  load(rules);
  try {
    return foreignFirewallNotices(await readForeignChains(), ['bk-dev'], new Set(ipv6));
  } finally {
    shell('nft flush ruleset');
  }
}
const base = (hook: string, policy: string, rules: string, name = 'chain1'): string =>
  `table inet theirs { chain ${name} { type filter hook ${hook} priority 0; policy ${policy}; ${rules} } }`;

test('rules that drop nothing by default are not worth a word', async () => {
  assert.deepEqual(await noticesOf(base('forward', 'accept', 'iifname "docker0" drop')), []);
  assert.deepEqual(await noticesOf(base('output', 'drop', '')), []);
  assert.deepEqual(
    await noticesOf(
      'table inet bridgekeeper { chain forwarding { type filter hook forward priority 0; policy drop; } }',
    ),
    [],
  );
});

test('a policy of drop and a last word of reject are told with the command that makes an exception', async () => {
  const remedy =
    'nft insert rule inet theirs chain1 iifname bk-dev accept && nft insert rule inet theirs chain1 oifname bk-dev accept';
  for (const rules of [
    base('forward', 'drop', ''),
    base('forward', 'accept', 'ct state established accept; reject with icmpx admin-prohibited'),
  ]) {
    const notices = await noticesOf(rules);
    assert.equal(notices.length, 1);
    assert.ok(notices[0]?.endsWith(remedy), notices[0]);
  }
  const [input] = await noticesOf(base('input', 'drop', ''));
  assert.match(input ?? '', /what guests ask of this host.*nft insert rule inet theirs chain1 iifname bk-dev accept$/);
});

test('the command that is told is the one that helps', async () => {
  const rules = base('forward', 'drop', '');
  const remedy = /let it pass: (.*)$/.exec((await noticesOf(rules))[0] ?? '')?.[1] ?? 'false';
  load(rules);
  shell(remedy);
  assert.deepEqual(foreignFirewallNotices(await readForeignChains(), ['bk-dev'], new Set()), []);
  shell('nft flush ruleset');
});

test('an exception counts by name, by pattern, by set and behind a jump, when it holds for both directions', async () => {
  const both = (match: string): string =>
    base('forward', 'drop', `iifname ${match} accept; oifname ${match} counter accept;`);
  assert.deepEqual(await noticesOf(both('"bk-dev"')), []);
  assert.deepEqual(await noticesOf(both('"bk-*"')), []);
  assert.deepEqual(await noticesOf(both('{ "bk-dev", "virbr0" }')), []);
  assert.deepEqual(
    await noticesOf(
      'table inet theirs { chain pass { accept; }; chain forward { type filter hook forward priority 0; policy drop; iifname "bk-dev" goto pass; oifname "bk-dev" goto pass; } }',
    ),
    [],
  );
  assert.equal((await noticesOf(base('forward', 'drop', 'iifname "bk-dev" accept'))).length, 1);
  assert.equal((await noticesOf(both('"bk-other"'))).length, 1);
  assert.equal(
    (await noticesOf(base('forward', 'drop', 'iifname "bk-dev" tcp dport 80 accept; oifname "bk-dev" accept'))).length,
    1,
  );
});

test('each keeper of rules is told in its own words', async () => {
  const named = async (rules: string, ipv6: readonly string[] = []): Promise<string> =>
    (await noticesOf(rules, ipv6)).join('\n');
  const chain = (hook: string) => `type filter hook ${hook} priority 0; policy drop;`;
  assert.match(
    await named(`table ip filter { chain DOCKER-USER { }; chain FORWARD { ${chain('forward')} } }`),
    /iptables -I DOCKER-USER -i bk-dev -j ACCEPT && iptables -I DOCKER-USER -o bk-dev -j ACCEPT$/,
  );
  assert.match(
    await named(`table ip filter { chain INPUT { ${chain('input')} } }`),
    /iptables -I INPUT -i bk-dev -j ACCEPT$/,
  );
  assert.match(
    await named(`table ip filter { chain ufw-user-input { }; chain FORWARD { ${chain('forward')} } }`),
    /ufw route allow in on bk-dev && ufw route allow out on bk-dev$/,
  );
  assert.match(
    await named(
      `table inet firewalld { chain filter_FORWARD { type filter hook forward priority 10; policy accept; reject; } }`,
    ),
    /firewall-cmd --permanent --zone=trusted --add-interface=bk-dev && firewall-cmd --reload$/,
  );
  const six = `table ip6 filter { chain FORWARD { ${chain('forward')} } }`;
  assert.equal(await named(six), '', 'a bridge without IPv6 does not mind');
  assert.match(await named(six, ['bk-dev']), /ip6tables -I FORWARD -i bk-dev -j ACCEPT/);
});
