import { deepEqual, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { parseDomain } from '../../../src/init/guests/libvirt.ts';

/** What virsh 9.0.0 prints (`virsh -c test:///default dumpxml`), shortened where nothing is read. */
const running = `<domain type='test' id='2'>
  <name>Web &amp; Shop &quot;1&quot;</name>
  <uuid>c9434bd0-5272-4a95-8314-b9b15b5e3f8c</uuid>
  <description>old one: &lt;interface type=&apos;bridge&apos;&gt; &lt;/devices&gt;</description>
  <memory unit='KiB'>1048576</memory>
  <devices>
    <disk type='file' device='disk'>
      <source file='/guest/diskimage1'/>
      <target dev='vda' bus='virtio'/>
    </disk>
    <interface type='bridge'>
      <mac address='52:54:00:aa:00:01'/>
      <source bridge='br0'/>
      <target dev='vnet0'/>
      <model type='virtio'/>
    </interface>
    <interface type='ethernet'>
      <mac address='02:1a:3f:00:10:01'/>
      <target dev='bkp-web1.1'/>
      <model type='virtio'/>
    </interface>
    <interface type='network'>
      <mac address='aa:bb:cc:dd:ee:ff'/>
      <source network='default' portid='4b1b2a38-0d5a-4b6c-8a1e-6a6f1b0e5e0e' bridge='virbr0'/>
      <target dev='vnet2'/>
    </interface>
    <interface type='user'>
      <mac address='52:54:00:aa:00:09'/>
    </interface>
    <memballoon model='virtio'/>
  </devices>
</domain>
`;

test('name, state and NICs of a running domain are read, with their host-side devices', () => {
  deepEqual(parseDomain(running), {
    name: 'Web & Shop "1"',
    source: 'libvirt',
    state: 'running',
    nics: [
      { mac: '52:54:00:aa:00:01', port: 'vnet0', network: 'br0', addresses: [] },
      { mac: '02:1a:3f:00:10:01', port: 'bkp-web1.1', addresses: [] },
      { mac: 'aa:bb:cc:dd:ee:ff', port: 'vnet2', network: 'virbr0', addresses: [] },
      { mac: '52:54:00:aa:00:09', addresses: [] },
    ],
  });
});

test('a domain without an id is shut off, and one without NICs has none', () => {
  const xml = "<domain type='kvm'>\n  <name>db</name>\n  <devices>\n  </devices>\n</domain>\n";
  deepEqual(parseDomain(xml), { name: 'db', source: 'libvirt', state: 'shut off', nics: [] });
});

test('what is no domain XML is refused', () => {
  throws(() => parseDomain('error: Failed to connect socket'), /no domain XML/);
});
