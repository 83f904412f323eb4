import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import type { DesiredMirror } from '../../../../src/drivers/driver.ts';
import { renderCaptureFilter } from '../../../../src/drivers/linux/mirror/render-capture-filter.ts';
import { renderMirror } from '../../../../src/drivers/linux/mirror/render-mirror.ts';
import { type FrameMatch, frameProtocols } from '../../../../src/model/frame-match.ts';
import { parseMacAddress } from '../../../../src/model/mac-address.ts';
import { parseInterfaceName } from '../../../../src/model/names.ts';
import { parseSubnet } from '../../../../src/model/subnet.ts';
import { readMatch } from '../../../../src/reconciler/mirrors/read-choice.ts';

const macs = [parseMacAddress('02:1a:3f:00:00:01'), parseMacAddress('02:1a:3f:00:00:02')];
const mirror = (match: FrameMatch): DesiredMirror => ({
  id: 7,
  port: parseInterfaceName('lo'),
  macs,
  match,
  target: { kind: 'interface', name: parseInterfaceName('lo') },
  rate: 12_500_000,
  until: 1_795_000_000_000,
});

const choices: FrameMatch[] = (['in', 'out', undefined] as const).flatMap((direction) =>
  [undefined, '198.51.100.0/24', '2001:db8::/32'].flatMap((peer) =>
    [undefined, ...frameProtocols].flatMap((protocol) =>
      [undefined, 443].map((port) => ({
        ...(direction === undefined ? {} : { direction }),
        ...(peer === undefined ? {} : { peer: parseSubnet(peer) }),
        ...(protocol === undefined ? {} : { protocol }),
        ...(port === undefined ? {} : { port }),
      })),
    ),
  ),
);
/** Those that the API lets through. */
const matches = choices.filter(({ protocol, peer, port }) => {
  try {
    readMatch({
      guest: 'web1',
      nic: 0,
      ...(protocol ? { protocol } : {}),
      ...(port ? { port } : {}),
      ...(peer ? { peer: peer.text } : {}),
    });
    return true;
  } catch {
    return false;
  }
});

test('every choice of frames is a ruleset that nft takes', () => {
  const text = matches.map((match, at) => renderMirror({ ...mirror(match), id: at + 1 })).join('');
  assert.equal(choices.length, 108);
  assert.equal(matches.length, 69);
  execFileSync('unshare', ['--user', '--map-root-user', '--net', 'bash', '-ec', 'nft --check -f <(cat)'], {
    input: text,
    stdio: 'pipe',
  });
});

test('every choice of frames is a filter that libpcap takes', () => {
  for (const match of matches) {
    execFileSync('tcpdump', ['-d', '-y', 'EN10MB', renderCaptureFilter({ macs, match })], { stdio: 'pipe' });
  }
});

test('both addresses of a NIC under rotation count, and the time ends it in the kernel', () => {
  const text = renderMirror(mirror({ protocol: 'tcp', port: 443 }));
  assert.match(text, /ether saddr \{ 02:1a:3f:00:00:01, 02:1a:3f:00:00:02 \} meta l4proto tcp th dport 443 goto copy/);
  assert.match(text, /meta time >= 1795000000 return/);
});
