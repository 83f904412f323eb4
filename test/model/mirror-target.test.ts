import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseMirrorTarget, renderMirrorTarget } from '../../src/model/mirror-target.ts';

test('targets are read and written: interfaces, collectors of both families, with the usual port and network', () => {
  for (const [text, again] of [
    ['eth2', 'eth2'],
    ['vxlan://192.0.2.7', 'vxlan://192.0.2.7:4789/0'],
    ['vxlan://192.0.2.7:8472/16777215', 'vxlan://192.0.2.7:8472/16777215'],
    ['vxlan://[2001:db8::7]/42', 'vxlan://[2001:db8::7]:4789/42'],
  ] as const) {
    assert.equal(renderMirrorTarget(parseMirrorTarget(text)), again);
  }
});

test('what is no target is refused with what was seen and an example', () => {
  for (const text of [
    '',
    'vxlan://',
    'vxlan://1.2.3',
    'vxlan://192.0.2.7:0',
    'vxlan://192.0.2.7:70000',
    'vxlan://192.0.2.7/16777216',
    'udp://1.2.3.4',
    'a/b',
    'eth2; reboot',
    'x'.repeat(16),
  ]) {
    assert.throws(() => parseMirrorTarget(text), { name: 'AppError', code: 'value-invalid' }, text);
  }
  assert.throws(() => parseMirrorTarget('vxlan://192.0.2.7:70000'), /"vxlan:\/\/192\.0\.2\.7:70000".*1 to 65535/);
});
