import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { parseSite } from '../../src/model/parse-site.ts';
import { siteJsonSchema } from '../../src/model/site-json-schema.ts';
import { firstSite } from '../../web/src/views/site/first-site.ts';
import { aboutPlace } from '../../web/src/views/site/site-completion.ts';
import { namesIn, renderYamlValue, type Schema, suggestionsAt } from '../../web/src/views/site/site-schema.ts';
import { yamlPlaceAt } from '../../web/src/views/site/yaml-place.ts';

const schema = siteJsonSchema() as Schema;

/** Labels that are suggested at `|`. */
function suggested(marked: string): string[] {
  const position = marked.indexOf('|');
  const text = marked.slice(0, position) + marked.slice(position + 1);
  return suggestionsAt(schema, yamlPlaceAt(text, position), text).map(({ label }) => label);
}

test('a new entry is offered the keys of its kind, those it cannot do without first', () => {
  const [first, second] = suggested('segments:\n  - |');
  deepEqual(new Set([first, second]), new Set(['name', 'subnet']));
  ok(!suggested('segments:\n  - name: dev\n    |').includes('name'), 'a key is not offered twice');
  ok(suggested('uplink: {interface: eth0, |').includes('shared'));
  ok(suggested('gue|').includes('guests'));
});

test('values are those that the schema knows, and names those of the document', () => {
  deepEqual(suggested('pools:\n  - strategy: |').slice(0, 4).sort(), ['cycle', 'hashed', 'random', 'sequential']);
  const site = 'segments:\n  - {name: dev, subnet: 10.0.0.0/24}\n  - name: prod\nguests:\n  - name: web1\n    nics:\n';
  deepEqual(suggested(`${site}      - segment: |`).slice(0, 2), ['dev', 'prod']);
  equal(suggested(`${site}forwards:\n  - port: 80\n    to: |`)[0], '"web1:80"');
  ok(suggested(`${site}policies:\n  - from: |`).includes('world'));
  deepEqual(suggested('watch:\n  guests: |').slice(0, 2).sort(), ['false', 'true']);
});

test('names of nested objects are no names of the list', () => {
  deepEqual(namesIn('guests:\n  - name: a\n  - {owner: x, name: b}\nsegments:\n  - name: c\n', 'guests'), ['a', 'b']);
  deepEqual(namesIn('site: x\n', 'pools'), []);
});

test('values are written so that YAML reads them as what they are', () => {
  equal(renderYamlValue('no'), '"no"');
  equal(renderYamlValue('2001:db8::10'), '"2001:db8::10"');
  equal(renderYamlValue('10m'), '10m');
  equal(renderYamlValue(['a', 1]), '[a, 1]');
});

test('a key says what it is for, wherever the pointer is in it', () => {
  const text = 'segments:\n  - name: dev\n    subnet: 10.0.0.0/24\nlimits: {sessions: 5}\n';
  equal(aboutPlace(schema, text, text.indexOf('subnet') + 2)?.path, 'segments.subnet');
  equal(aboutPlace(schema, text, text.indexOf('sessions') + 1)?.path, 'limits.sessions');
  equal(aboutPlace(schema, text, text.indexOf('limits') + 1)?.path, 'limits');
});

test('the example to begin with is a site without mistakes or doubts', () => {
  deepEqual(parseSite(firstSite).warnings, []);
});
