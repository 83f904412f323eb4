import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { sameHost, shell } from '../drivers/linux/host/snapshot-host.ts';
import { enterNamespace } from '../drivers/linux/in-namespace.ts';
import { buildNetwork } from '../kernel/network.ts';
import { startGuests } from '../kernel/start-guests.ts';
import { hostState } from './host-state.ts';
import { openEngine } from './open-engine.ts';
import { siteText } from './sites.ts';

enterNamespace(import.meta.filename);
before(() => buildNetwork(['web1', 'db1', 'api1', 'sip1', 'box1']));

const site = siteText({
  segments: ['name: dev, subnet: 10.77.10.0/24'],
  guests: ['name: web1, nics: [{segment: dev}]'],
  forwards: ['port: 8080, to: "web1:80"'],
});

/** A container of somebody else on a bridge of his own, with a published port, as Docker does it. */
const docker = `
  ip link add name docker0 type bridge
  ip link set docker0 up
  ip address add 172.17.0.1/16 dev docker0
  ip link set $(ip -br link | sed -n 's/^\\(bkp-box1[^@ ]*\\).*/\\1/p') master docker0
  ip -n box1 link set eth0 up
  ip -n box1 address replace 172.17.0.2/16 dev eth0
  ip -n box1 route replace default via 172.17.0.1
  echo 1 > /proc/sys/net/ipv4/ip_forward
  iptables-nft -N DOCKER
  iptables-nft -N DOCKER-USER
  iptables-nft -P FORWARD DROP
  iptables-nft -A FORWARD -j DOCKER-USER
  iptables-nft -A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
  iptables-nft -A FORWARD -o docker0 -j DOCKER
  iptables-nft -A FORWARD -i docker0 ! -o docker0 -j ACCEPT
  iptables-nft -A DOCKER-USER -j RETURN
  iptables-nft -A DOCKER -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp --dport 80 -j ACCEPT
  iptables-nft -t nat -N DOCKER
  iptables-nft -t nat -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
  iptables-nft -t nat -A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
  iptables-nft -t nat -A DOCKER ! -i docker0 -p tcp --dport 8088 -j DNAT --to-destination 172.17.0.2:80
`;
const noDocker = `
  iptables-nft -P FORWARD ACCEPT; iptables-nft -F; iptables-nft -X; iptables-nft -t nat -F; iptables-nft -t nat -X
  nft delete table ip filter; nft delete table ip nat; ip link delete docker0; echo 0 > /proc/sys/net/ipv4/ip_forward
`;
/** firewalld's last words, and libvirt's rules for a network of its own. */
const others = `
  nft -f - <<'rules'
  table inet firewalld {
    chain filter_FORWARD {
      type filter hook forward priority filter + 10; policy accept;
      ct state { established, related } accept
      ct status dnat accept
      iifname "lo" accept
      iifname "bk-dev" goto filter_FWD_trusted
      ct state invalid drop
      reject with icmpx admin-prohibited
    }
    chain filter_FWD_trusted { accept; }
  }
  table ip libvirt_network {
    chain forward { type filter hook forward priority filter; policy accept;
      oifname "virbr0" ip daddr 192.168.122.0/24 ct state established,related counter accept
      iifname "virbr0" ip saddr 192.168.122.0/24 counter accept
      iifname "virbr0" counter reject
      oifname "virbr0" counter reject
    }
  }
rules
`;

const foreignRules = (): string =>
  shell(
    `for t in $(nft list tables | grep -v bridgekeeper | sed 's/table //; s/ /:/'); do nft -s list table \${t/:/ }; done`,
  );

for (const order of ['before', 'after'] as const) {
  test(`rules of Docker that were loaded ${order} ours and ours work side by side once the exception is made`, async (t) => {
    const untouched = hostState();
    if (order === 'before') shell(docker);
    const found = hostState();
    const open = await openEngine(t);
    const applied = await open.apply(site);
    // Until a second after an apply a change of others makes our tables be made anew: what is ours is not listed yet.
    await sleep(1_800);
    if (order === 'after') shell(docker);
    const theirs = foreignRules();
    const guests = await startGuests(t, open.engine, ['world', 'box1']);
    await guests.listen({ web1: [80], box1: [80] });
    for (let i = 0; i < 40 && (await open.engine.status()).warnings.length === 0; i++) await sleep(50);
    const remedy = 'iptables -I DOCKER-USER -i bk-dev -j ACCEPT && iptables -I DOCKER-USER -o bk-dev -j ACCEPT';
    const { warnings } = await open.engine.status();
    assert.equal(warnings.length, 1, warnings.join());
    assert.ok(warnings[0]?.includes(remedy), warnings[0]);
    if (order === 'before') assert.ok(applied.warnings.some(({ message }) => message.includes(remedy)));
    assert.equal(await guests.answer('world', '203.0.113.10', 8088), 'box1', 'theirs works');
    assert.equal(await guests.answer('world', '203.0.113.10', 8080), 'timeout', 'the warning is true');
    shell(remedy.replaceAll('iptables ', 'iptables-nft '));
    for (let i = 0; i < 40 && (await open.engine.status()).warnings.length > 0; i++) await sleep(50);
    assert.deepEqual((await open.engine.status()).warnings, []);
    assert.equal(await guests.answer('world', '203.0.113.10', 8080), 'web1', 'ours works');
    assert.equal(await guests.answer('world', '203.0.113.10', 8088), 'box1', 'theirs works still');
    shell('iptables-nft -D DOCKER-USER -i bk-dev -j ACCEPT; iptables-nft -D DOCKER-USER -o bk-dev -j ACCEPT');
    await open.apply(site.replace('8080', '8081'));
    assert.equal(foreignRules(), theirs, 'after an apply');
    assert.deepEqual(
      (await open.engine.journal(100)).filter(({ kind }) => kind === 'repair'),
      [],
    );
    await open.engine.destroy('tester');
    assert.equal(foreignRules(), theirs, 'after destroy');
    if (order === 'before') sameHost(hostState(), found, 'after destroy');
    shell(noDocker);
    sameHost(hostState(), untouched, 'without either');
  });
}

test('rules of firewalld and libvirt that let our bridge pass cause no warning and are left alone', async (t) => {
  shell(others);
  t.after(() => shell('nft delete table inet firewalld; nft delete table ip libvirt_network'));
  const theirs = foreignRules();
  const open = await openEngine(t);
  const { warnings } = await open.apply(site);
  assert.deepEqual(warnings, []);
  const guests = await startGuests(t, open.engine, ['world']);
  await guests.listen({ web1: [80], world: [80] });
  assert.equal(await guests.answer('world', '203.0.113.10', 8080), 'web1');
  assert.equal(await guests.answer('web1', '203.0.113.1', 80), 'world');
  await open.engine.destroy('tester');
  assert.equal(foreignRules(), theirs);
});
