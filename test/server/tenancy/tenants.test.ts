import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { policyTable } from '../../../src/access/policy-table.ts';
import type { Scope, TestDaemon } from '../../daemon/test-daemon.ts';
import { wordsOf } from './tenants-site.ts';
import { startTwoTenants, type Tenant } from './two-tenants.ts';

const cleaning: (() => unknown)[] = [];
let daemon: TestDaemon;
let aster: Tenant;

before(async () => {
  const scope: Scope = { after: (clean) => cleaning.unshift(clean) };
  ({ daemon, aster } = await startTwoTenants(scope));
});
after(async () => {
  for (const clean of cleaning) await clean();
});

const foreign = [...wordsOf.birch, ...wordsOf.operator];

function assertSilent(text: string, words: readonly string[], about: string): void {
  for (const word of words) assert.ok(!text.includes(word), `${about} says ${JSON.stringify(word)}: ${text}`);
}

/** Endpoints by method, with a value in place of each parameter. */
function endpointsOf(tenant: 'own' | 'no', method: string): string[] {
  const values: Readonly<Record<string, string>> = {
    id: 'aster-web',
    mac: '02:1a:3f:00:00:00',
    guest: 'aster-web',
    nic: '0',
  };
  return Object.entries(policyTable).flatMap(([endpoint, rule]) => {
    const [verb, path = ''] = endpoint.split(' ');
    if (verb !== method || rule.tenant !== tenant || rule.role === 'anyone') return [];
    return [path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? '1'))];
  });
}

describe('what a tenant reads', () => {
  test('holds its own things', async () => {
    const guests = JSON.parse((await aster.ask('GET', '/v1/guests')).text);
    assert.deepEqual(
      guests.items.map(({ name }: { name: string }) => name),
      ['aster-web'],
    );
    const leases = await aster.client.leases();
    assert.deepEqual(
      leases.map(({ guest, nic }) => `${guest}/${nic}`),
      ['aster-web/0', 'aster-web/1'],
    );
    const status = await aster.client.status();
    assert.deepEqual([status.guests, status.nics.total, status.forwards, status.policies], [1, 2, 1, 0]);
    assert.deepEqual(
      status.segments.map(({ name, nics }) => [name, nics]),
      [
        ['aster-lan', 1],
        ['commons', 1],
      ],
    );
  });

  test('holds no word of anybody else, whatever it asks for', async () => {
    for (const path of endpointsOf('own', 'GET')) {
      if (path.endsWith('/stream')) continue;
      for (const accept of ['application/json', 'application/x-ndjson']) {
        const { text, status } = await aster.ask('GET', path, undefined, { accept });
        assertSilent(text, foreign, `${status} of GET ${path}`);
      }
    }
  });

  test('and everything that is for operators refuses it', async () => {
    for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'PATCH']) {
      for (const path of endpointsOf('no', method)) {
        const { status, text } = await aster.ask(method, path, method === 'GET' ? undefined : {});
        assert.equal(status, 403, `${method} ${path}: ${text}`);
        assertSilent(text, foreign, `${method} ${path}`);
      }
    }
  });

  test('an operator sees all owners and their quotas, a tenant its own', async () => {
    const all = await daemon.client.owners.list();
    assert.deepEqual(
      all.map(({ name }) => name),
      ['aster', 'birch', 'cedar'],
    );
    const [own, ...rest] = await aster.client.owners.list();
    assert.deepEqual(rest, []);
    assert.deepEqual(own, all[0]);
    assert.deepEqual(own?.quota.nics, { used: 2, most: 4 });
    assert.deepEqual(own?.quota.ports, { used: 1, most: 12 });
    // Two NICs of 200 sessions each, one of them with an IPv6 address as well.
    assert.deepEqual(own?.quota.sessions, { used: 600, most: 2000 });
  });
});

/** What is another's, and the same kind of thing that nobody has. */
const guest = { real: 'birch-shop', none: 'birch-none' };
const mac = async (): Promise<{ real: string; none: string }> => {
  const leases = await daemon.client.leases();
  const held = new Set(leases.map((lease) => lease.mac));
  const real = leases.find((lease) => lease.owner === 'birch')?.mac as string;
  let last = 0;
  const text = () => `02:1a:3f:00:00:${last.toString(16).padStart(2, '0')}`;
  while (held.has(text())) last++;
  return { real, none: text() };
};

describe("what is another's", () => {
  /** Asks for both and compares what is answered, with the name itself left out. */
  async function compare(
    method: string,
    path: (name: string) => string,
    body: ((name: string) => unknown) | undefined,
    { real, none }: { real: string; none: string },
  ): Promise<void> {
    const shown = async (name: string): Promise<string> => {
      const { status, text } = await aster.ask(method, path(name), body?.(name));
      const escaped = encodeURIComponent(name);
      return `${status} ${text.replaceAll(name, '…').replaceAll(escaped, '…')}`;
    };
    const [one, other] = [await shown(real), await shown(none)];
    assert.equal(one, other, `${method} ${path('…')}`);
    assert.match(one, /^(4\d\d|501|200 \{"items":\[\])/, `${method} ${path('…')}`);
  }

  const id = encodeURIComponent;
  const forward = { real: 'tcp/31443', none: 'tcp/31444' };

  test('looks like what there is not when it is asked for', async () => {
    await compare('GET', (name) => `/v1/guests/${name}`, undefined, guest);
    await compare('GET', (name) => `/v1/forwards/${id(name)}`, undefined, forward);
    await compare('GET', (name) => `/v1/segments/${name}`, undefined, { real: 'birch-lan', none: 'birch-non' });
    await compare('GET', (name) => `/v1/limits?guest=${name}`, undefined, guest);
    await compare('GET', (name) => `/v1/leases?guest=${name}`, undefined, guest);
    await compare('GET', (name) => `/v1/macs?owner=${name}`, undefined, { real: 'birch', none: 'beech' });
    await compare('GET', (name) => `/v1/macs?guest=${name}`, undefined, guest);
    await compare('GET', (name) => `/v1/events?owner=${name}`, undefined, { real: 'birch', none: 'beech' });
    await compare('GET', (name) => `/v1/sessions?guest=${name}`, undefined, guest);
    await compare('GET', (name) => `/v1/sessions?owner=${name}`, undefined, { real: 'birch', none: 'beech' });
    await compare('GET', (name) => `/v1/macs/${name}`, undefined, await mac());
  });

  test('and when it is acted on', async () => {
    await compare('DELETE', (name) => `/v1/guests/${name}`, undefined, guest);
    await compare('DELETE', (name) => `/v1/forwards/${id(name)}`, undefined, forward);
    await compare(
      'POST',
      () => '/v1/isolations',
      (name) => ({ guest: name, reason: 'mine' }),
      guest,
    );
    await compare('DELETE', (name) => `/v1/isolations/${name}`, undefined, guest);
    await compare(
      'POST',
      () => '/v1/detach',
      (name) => ({ guest: name, nic: 0 }),
      guest,
    );
    await compare(
      'POST',
      () => '/v1/attach',
      (name) => ({ guest: name, nic: 0, port: 'tap0' }),
      guest,
    );
    await compare(
      'POST',
      () => '/v1/rotations',
      (name) => ({ nics: [{ guest: name, nic: 0 }] }),
      guest,
    );
    await compare(
      'POST',
      () => '/v1/rotations',
      (name) => ({ owner: name }),
      { real: 'birch', none: 'beech' },
    );
    await compare('DELETE', (name) => `/v1/rotations/${name}/0`, undefined, guest);
    await compare(
      'POST',
      () => '/v1/macs/release',
      (name) => ({ nics: [{ guest: name, nic: 0 }] }),
      guest,
    );
    await compare(
      'POST',
      () => '/v1/macs/release',
      (name) => ({ macs: [name] }),
      await mac(),
    );
    await compare(
      'POST',
      () => '/v1/macs/leases',
      (name) => ({ items: [{ guest: name }] }),
      guest,
    );
    await compare(
      'POST',
      () => '/v1/macs/leases',
      (name) => ({ items: [{ mac: name }] }),
      await mac(),
    );
    await compare(
      'POST',
      () => '/v1/sessions/kill',
      (name) => ({ guest: name, dryRun: true }),
      guest,
    );
  });

  test('and when its names, ports and addresses are taken', async () => {
    const nics = [{ segment: 'aster-lan' }];
    await compare(
      'PUT',
      (name) => `/v1/guests/${name}`,
      () => ({ nics }),
      guest,
    );
    await compare(
      'PUT',
      (name) => `/v1/guests/${name}`,
      () => ({ nics, owner: 'aster' }),
      { real: 'vault', none: 'vaunt' },
    );
    await compare(
      'PUT',
      () => '/v1/guests/aster-x',
      (segment) => ({ nics: [{ segment }] }),
      { real: 'birch-lan', none: 'birch-non' },
    );
    await compare(
      'PUT',
      () => '/v1/guests/aster-x',
      (owner) => ({ nics, owner }),
      { real: 'birch', none: 'beech' },
    );
    await compare(
      'PUT',
      () => '/v1/guests/aster-x',
      (pool) => ({ nics: [{ segment: 'aster-lan', pool }] }),
      { real: 'default', none: 'defaulx' },
    );
    await compare(
      'PUT',
      () => '/v1/guests/aster-x',
      (port) => ({ nics: [{ segment: 'aster-lan', port }] }),
      { real: 'bkp-birch-shop.0', none: 'bkp-birch-none.0' },
    );
    await compare(
      'PUT',
      () => '/v1/guests/aster-x',
      (name) => ({ nics: [{ segment: 'aster-lan', mac: name }] }),
      await mac(),
    );
    const [shop] = (await daemon.client.leases()).filter(
      ({ guest: name, segment }) => name === 'birch-shop' && segment === 'commons',
    );
    await compare(
      'PUT',
      () => '/v1/guests/aster-x',
      (ip) => ({ nics: [{ segment: 'commons', ip }] }),
      { real: shop?.ipv4 as string, none: '10.99.30.99' },
    );
    await compare(
      'PUT',
      (name) => `/v1/forwards/${id(name)}`,
      () => ({ to: 'aster-web:443' }),
      forward,
    );
    await compare(
      'PUT',
      () => '/v1/forwards/tcp%2F30010',
      (name) => ({ to: `${name}:443` }),
      guest,
    );
    await compare(
      'PUT',
      () => '/v1/forwards/tcp%2F30010',
      (name) => ({ to: `${name}:443` }),
      { real: 'vault', none: 'vaunt' },
    );
    await compare(
      'POST',
      () => '/v1/changes?plan=true',
      (name) => ({ objects: [{ op: 'remove', kind: 'guest', name }] }),
      guest,
    );
    await compare(
      'POST',
      () => '/v1/changes',
      (name) => ({ objects: [{ op: 'remove', kind: 'policy', name }] }),
      { real: 'shop-to-vault', none: 'shop-to-fault' },
    );
  });

  test('stays as it is', async () => {
    const leases = await daemon.client.leases();
    assert.deepEqual([...new Set(leases.map(({ guest: name }) => name))].sort(), ['aster-web', 'birch-shop', 'vault']);
    assert.equal((await daemon.client.revisions()).length, 1);
  });
});
