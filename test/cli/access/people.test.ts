import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { daemonOfSuite } from '../../daemon/test-daemon.ts';
import { launcher, run } from '../run-launcher.ts';

suite('bridgekeeper access, for people', { concurrency: false }, () => {
  const daemon = daemonOfSuite();
  const access = (words: string, input = '') =>
    run([launcher, 'access', ...words.split(' '), '--socket', daemon().socket], { input });

  test('an account is made with a password that is shown once, changed, listed and removed', async () => {
    const made = await access('account alice --role operator --owner team-a');
    assert.equal(made.status, 0, made.stderr);
    const [, password = ''] = /shown this once: (\S+)/.exec(made.stdout) ?? [];
    assert.ok(await daemon().client.login.logIn({ name: 'alice', password }));
    assert.match((await access('accounts')).stdout, /^alice +operator +team-a +password +1 /m);
    const logins = await access('logins alice');
    const [, id = ''] = /^(\S+) +alice +operator +team-a +password +unix socket/m.exec(logins.stdout) ?? [];
    assert.match((await access(`logins --end ${id}`)).stdout, /has ended/);
    assert.match((await access('logins')).stdout, /Nobody is logged in/);

    const own = 'correct horse battery staple';
    const asked = await access('account alice --ask-password --no-owner', `${own}\n`);
    assert.match(asked.stdout, /was changed, and its logins have ended/);
    assert.ok(await daemon().client.login.logIn({ name: 'alice', password: own }));
    const renewed = await access('account alice --new-password');
    assert.match(renewed.stdout, /new password, shown this once: [a-z2-9-]{23}/);
    await assert.rejects(daemon().client.login.logIn({ name: 'alice', password: own }));
    assert.match((await access('account alice --disable')).stdout, /was changed/);
    assert.match((await access('account alice')).stdout, /^alice +operator +disabled/m);
    assert.match((await access('account alice --remove')).stdout, /was removed/);
  });

  test('what makes no sense is refused with what to do', async () => {
    const unknown = await access('account bob');
    assert.deepEqual([unknown.status, unknown.stdout], [2, '']);
    assert.match(unknown.stderr, /no account "bob" yet; expected --role/);
    const weak = await access('account bob --role viewer --ask-password', 'short\n');
    assert.match(weak.stderr, /12 to 256/);
    assert.equal((await access('account bridgekeeper --role admin')).status, 2);
    assert.match((await access('link bob')).stderr, /no account "bob"/);
  });

  test('a link says where to go, or that the page is not served, and lets in once', async () => {
    const { stdout } = await access('link');
    assert.match(stdout, /does not serve the page/);
    const [, token = ''] = /#link=([\w-]{43})/.exec(stdout) ?? [];
    const { login } = daemon().client;
    assert.ok(await login.logInByLink({ token }));
    await assert.rejects(login.logInByLink({ token }), /not good/);
    assert.ok(!daemon().log().includes(token));
  });
});
