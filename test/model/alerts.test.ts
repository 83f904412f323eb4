import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { AppError, type Mistake } from '../../src/errors/app-error.ts';
import type { AlertRule, AlertSettings } from '../../src/model/alert-rule.ts';
import { defaultAlertRules } from '../../src/model/default-alert-rules.ts';
import { parseSite } from '../../src/model/parse-site.ts';
import { renderDuration } from '../../src/model/quantity.ts';
import { conditions } from '../../src/model/reading.ts';

const textOf = (alerts: unknown): string => `site: lab\nalerts: ${JSON.stringify(alerts)}\n`;

function settingsOf(alerts: unknown): AlertSettings {
  const { alerts: settings } = parseSite(textOf(alerts)).site;
  assert.ok(settings);
  return settings;
}

function mistakesOf(alerts: unknown): Mistake[] {
  try {
    parseSite(textOf(alerts));
  } catch (error) {
    assert.ok(error instanceof AppError, String(error));
    return error.mistakes;
  }
  return [];
}

const named = (settings: AlertSettings, name: string): AlertRule | undefined =>
  settings.rules.find((rule) => rule.name === name);

describe('rules of a site', () => {
  test('change a default rule by its name, key by key, or switch it off; the others stay', () => {
    const settings = settingsOf({
      rules: [
        { name: 'cpu', above: '95%' },
        { name: 'memory', off: true },
      ],
    });
    const before = defaultAlertRules.find(({ name }) => name === 'cpu');
    assert.deepEqual({ ...named(settings, 'cpu'), place: undefined }, { ...before, above: 0.95, place: undefined });
    assert.equal(named(settings, 'memory'), undefined);
    assert.equal(settings.rules.length, defaultAlertRules.length - 1);
    const same = defaultAlertRules.filter(({ name }) => name !== 'cpu' && name !== 'memory');
    for (const rule of same) assert.equal(named(settings, rule.name), rule);
  });

  test('take nothing over from a default rule that watches something else', () => {
    const settings = settingsOf({ rules: [{ name: 'cpu', when: 'memory', above: '50%' }] });
    const { place: _, ...rule } = named(settings, 'cpu') as AlertRule;
    assert.deepEqual(rule, {
      name: 'cpu',
      when: 'memory',
      above: 0.5,
      for: 60,
      clear: 300,
      severity: 'warning',
      only: [],
    });
  });

  test('may isolate or limit for a time, where the condition proves whose port it is', () => {
    const rules = [
      { name: 'violation', action: { isolate: '10m' } },
      { name: 'storm', action: { limit: '100/second', time: '1h' } },
    ];
    const settings = settingsOf({ rules });
    assert.deepEqual(named(settings, 'violation')?.action, { kind: 'isolate', seconds: 600 });
    const rate = { count: 100, per: 'second' };
    assert.deepEqual(named(settings, 'storm')?.action, { kind: 'limit', rate, seconds: 3600 });
  });

  const wrong: [string, unknown, string, RegExp][] = [
    [
      'a rule that is no default one and watches nothing',
      { name: 'cpuu', above: '90%' },
      'rules[0].name',
      /mean "cpu"/,
    ],
    ['an unknown condition', { name: 'x', when: 'memroy', above: '1%' }, 'rules[0].when', /mean "memory"/],
    ['a share without %', { name: 'cpu', above: '90' }, 'rules[0].above', /above 0 and up to 100, such as "80%"/],
    ['a share without threshold', { name: 'x', when: 'cpu' }, 'rules[0]', /"above: 80%"/],
    ['a time without threshold', { name: 'x', when: 'certificate' }, 'rules[0]', /"below: 14d"/],
    ['a threshold of what is true or not', { name: 'conflict', above: '1%' }, 'rules[0].above', /takes no "above"/],
    [
      'a detail that no violation has',
      { name: 'violation', only: ['spoofed_mac'] },
      'rules[0].only[0]',
      /no violation has the detail "spoofed_mac"/,
    ],
    ['details of what is measured', { name: 'cpu', only: ['x'] }, 'rules[0].only', /takes no "only"/],
    ['an unknown notifier', { name: 'cpu', notify: ['mail'] }, 'rules[0].notify[0]', /no notifier "mail"; .*"mails"/],
    ['an unknown segment', { name: 'storm', segment: 'dev' }, 'rules[0].segment', /no segment "dev"/],
    ['an unknown guest', { name: 'storm', guest: 'web1' }, 'rules[0].guest', /no guest "web1"/],
    [
      'two actions',
      { name: 'storm', action: { isolate: '1h', time: '1h' } },
      'rules[0].action',
      /one thing for a time/,
    ],
    ['no end', { name: 'storm', action: { limit: '1/second' } }, 'rules[0].action', /one thing for a time/],
    ['a moment', { name: 'storm', action: { isolate: '1s' } }, 'rules[0].action.isolate', /10 s to 30 days/],
    ['forged blame', { name: 'conflict', action: { isolate: '1h' } }, 'rules[0].action', /does not prove whose port/],
  ];
  for (const [what, rule, path, message] of wrong) {
    test(`are refused with their place: ${what}`, () => {
      const notifiers = [{ name: 'mails', kind: 'command', program: '/etc/x' }];
      const mistakes = mistakesOf({ rules: [rule], notifiers });
      assert.deepEqual(
        mistakes.map((mistake) => mistake.path),
        [`alerts.${path}`],
      );
      assert.match(mistakes[0]?.message ?? '', message);
      assert.equal(mistakes[0]?.line, 2);
    });
  }

  test('have names of their own', () => {
    const rules = [
      { name: 'cpu', above: '1%' },
      { name: 'cpu', off: true },
    ];
    assert.match(mistakesOf({ rules })[0]?.message ?? '', /two rules named "cpu"/);
  });
});

describe('notifiers of a site', () => {
  const common = { name: 'n', atLeast: 'warning', onlyNamed: false };

  test('get the ports and ways that are usual', () => {
    const notifiers = [
      { name: 'n', kind: 'email', server: 'mail.example.org', from: 'a@example.org', to: ['b@example.org'] },
      { name: 'o', kind: 'syslog', server: 'log.example.org', transport: 'tls' },
      { name: 'p', kind: 'syslog', transport: 'unix' },
    ];
    const [mail, tls, local] = settingsOf({ notifiers }).notifiers;
    const addresses = { from: 'a@example.org', to: ['b@example.org'] };
    const server = { server: 'mail.example.org', port: 587, security: 'starttls' };
    assert.deepEqual(mail, { ...common, kind: 'email', ...server, ...addresses });
    assert.deepEqual(tls, {
      ...common,
      ...{ name: 'o', kind: 'syslog', server: 'log.example.org', port: 6514, transport: 'tls' },
      ...{ audit: false, clear: false },
    });
    assert.deepEqual(local?.kind === 'syslog' && [local.server, local.transport], ['/dev/log', 'unix']);
  });

  const wrong: [string, object, string, RegExp][] = [
    ['without what its kind needs', { kind: 'webhook' }, '', /needs "url"/],
    ['with what another kind takes', { kind: 'command', program: '/x', url: 'http://h/' }, '.url', /takes no "url"/],
    ['with a program that is no absolute path', { kind: 'command', program: 'x' }, '.program', /absolute path/],
    ['with a password in the URL', { kind: 'webhook', url: 'https://u:p@h/' }, '.url', /secrets stand in files/],
    ['with a URL of another kind', { kind: 'webhook', url: 'ftp://h/' }, '.url', /http or https/],
    ['with a chat that has no URL', { kind: 'chat', form: 'slack' }, '', /either "url" or "urlFile"/],
    ['with a room that a chat does not have', { kind: 'chat', form: 'matrix', url: 'http://h/' }, '', /needs "room"/],
    [
      'with a password in clear',
      { kind: 'email', server: 'm', from: 'a@b', to: ['c@d'], user: 'u', passwordFile: '/p', security: 'none' },
      '.security',
      /travel in clear/,
    ],
    ['with a path where a host is meant', { kind: 'syslog', server: '/dev/log' }, '.server', /host name or an address/],
    [
      'with a way out of its directory',
      { kind: 'webhook', url: 'http://h/', secretFile: '/a/../b' },
      '.secretFile',
      /absolute path/,
    ],
  ];
  for (const [what, notifier, path, message] of wrong) {
    test(`are refused with their place: ${what}`, () => {
      const mistakes = mistakesOf({ notifiers: [{ name: 'n', ...notifier }] });
      assert.equal(mistakes[0]?.path, `alerts.notifiers[0]${path}`);
      assert.match(mistakes[0]?.message ?? '', message);
    });
  }
});

describe('the page about alerts', () => {
  const page = readFileSync(new URL('../../docs/explanation/alerts.md', import.meta.url), 'utf8');

  test('lists every default rule as it is', () => {
    const wait = (seconds: number): string => (seconds === 0 ? 'at once' : renderDuration(seconds));
    const bound = ({ above, below, within }: AlertRule): string => {
      const share = above === undefined ? '' : `above ${+(above * 100).toFixed(2)}%`;
      const time = below === undefined ? '' : `below ${renderDuration(below)}`;
      return `${share}${time}${within === undefined ? '' : ` within ${renderDuration(within)}`}`;
    };
    const expected = defaultAlertRules.map(
      (rule) =>
        `| \`${rule.name}\` | \`${rule.when}\` | ${bound(rule)} | ${wait(rule.for)} | ${wait(rule.clear)} | ${rule.severity} |`,
    );
    const rows = page.split('\n').filter((line) => /^\| `[a-z-]+` \| `/.test(line));
    assert.deepEqual(rows, expected);
  });

  test('says what each condition means', () => {
    for (const [name, { says }] of Object.entries(conditions))
      assert.ok(page.includes(`| \`${name}\` | ${says} |`), name);
  });
});

test('a rule may name each offence that the guard tells apart', () => {
  const table = readFileSync(new URL('../../src/drivers/linux/nftables/guard-table.ts', import.meta.url), 'utf8');
  const only = [...new Set(table.match(/(?<=')(spoofed|rogue|foreign)_\w+(?=')/g))];
  assert.ok(only.length >= 8, only.join());
  assert.deepEqual(mistakesOf({ rules: [{ name: 'violation', only }] }), []);
});
