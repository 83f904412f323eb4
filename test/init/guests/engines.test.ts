import { deepEqual, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { parseDockerContainers, parsePodmanContainers } from '../../../src/init/guests/containers.ts';
import { parseInstances } from '../../../src/init/guests/incus.ts';

test('instances of Incus are read with the MAC address and device of a running NIC', () => {
  const text = JSON.stringify([
    {
      name: 'c1',
      status: 'Running',
      type: 'container',
      config: { 'volatile.eth0.host_name': 'vethold', 'volatile.eth0.hwaddr': '10:66:6a:00:00:01' },
      expanded_devices: {
        eth0: { name: 'eth0', network: 'incusbr0', type: 'nic' },
        root: { path: '/', pool: 'default', type: 'disk' },
      },
      state: {
        network: {
          eth0: {
            addresses: [
              { family: 'inet', address: '10.100.0.5', netmask: '24', scope: 'global' },
              { family: 'inet6', address: 'fe80::1', netmask: '64', scope: 'link' },
            ],
            hwaddr: '10:66:6a:00:00:01',
            host_name: 'veth1a2b3c4d',
          },
          lo: { addresses: [{ family: 'inet', address: '127.0.0.1', netmask: '8', scope: 'local' }], hwaddr: '' },
        },
      },
    },
    {
      name: 'vm1',
      status: 'Stopped',
      type: 'virtual-machine',
      config: {},
      expanded_devices: { eth0: { nictype: 'bridged', parent: 'br0', hwaddr: '02:00:00:00:00:07', type: 'nic' } },
      state: null,
    },
  ]);
  deepEqual(parseInstances(text, 'Incus'), [
    {
      name: 'c1',
      source: 'Incus container',
      state: 'running',
      nics: [{ mac: '10:66:6a:00:00:01', port: 'veth1a2b3c4d', network: 'incusbr0', addresses: ['10.100.0.5'] }],
    },
    {
      name: 'vm1',
      source: 'Incus VM',
      state: 'stopped',
      nics: [{ mac: '02:00:00:00:00:07', network: 'br0', addresses: [] }],
    },
  ]);
});

test('containers of Docker are read, one object a line', () => {
  const text = `{"ID":"a1","Image":"nginx","Names":"web","Networks":"bridge","Ports":"0.0.0.0:8080->80/tcp, :::8080->80/tcp","State":"running"}
{"ID":"b2","Image":"redis","Names":"cache","Networks":"bridge","Ports":"6379/tcp","State":"running"}
`;
  deepEqual(parseDockerContainers(text), [
    { engine: 'Docker', name: 'web', ports: '0.0.0.0:8080->80/tcp, :::8080->80/tcp' },
    { engine: 'Docker', name: 'cache', ports: '6379/tcp' },
  ]);
  deepEqual(parseDockerContainers(''), []);
});

test('containers of Podman are read, with ranges of published ports', () => {
  const text = JSON.stringify([
    {
      Id: 'f0e1d2c3b4a5968778695a4b3c2d1e0f',
      Names: ['web'],
      Ports: [
        { host_ip: '', container_port: 80, host_port: 8080, range: 1, protocol: 'tcp' },
        { host_ip: '127.0.0.1', container_port: 6000, host_port: 6000, range: 3, protocol: 'udp' },
      ],
    },
    { Id: '0123456789abcdef0123456789abcdef', Names: null, Ports: null },
  ]);
  deepEqual(parsePodmanContainers(text), [
    { engine: 'Podman', name: 'web', ports: '0.0.0.0:8080->80/tcp, 127.0.0.1:6000-6002->6000-6002/udp' },
    { engine: 'Podman', name: '0123456789ab', ports: '' },
  ]);
});

test('an answer that is no JSON is refused', () => {
  throws(() => parseDockerContainers('Cannot connect to the Docker daemon'), SyntaxError);
  throws(() => parseInstances('Error: not authorized', 'Incus'), SyntaxError);
});
