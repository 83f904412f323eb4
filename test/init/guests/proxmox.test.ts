import { deepEqual, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { parseGuestConfig, parseGuestTable } from '../../../src/init/guests/proxmox.ts';

/** Shape of `qm list` and `pct list` of Proxmox VE 8. */
const vms = `      VMID NAME                 STATUS     MEM(MB)    BOOTDISK(GB) PID       
       100 web                  running    2048              32.00 1234      
       101 VM-101               stopped    512                8.00 0         
`;
const containers = `VMID       Status     Lock         Name                
201        running                 ct-a                
202        stopped    backup       ct-b                
`;

test('ids and states are read from the tables of qm and pct', () => {
  deepEqual(parseGuestTable(vms), [
    { id: '100', state: 'running' },
    { id: '101', state: 'stopped' },
  ]);
  deepEqual(parseGuestTable(containers), [
    { id: '201', state: 'running' },
    { id: '202', state: 'stopped' },
  ]);
});

test('a node without guests prints nothing, and what is no table is refused', () => {
  deepEqual(parseGuestTable(''), []);
  throws(() => parseGuestTable('ipcc_send_rec[1] failed: Connection refused\n'), /no table/);
});

test('MAC address, bridge and tap of every NIC of a VM are read (qm.conf(5))', () => {
  const config = `boot: order=scsi0;net0
cores: 2
description: net9%3A virtio=AA%3ABB
memory: 2048
name: web
net1: e1000=BC:24:11:2C:1F:0B,bridge=vmbr1,tag=20
net0: virtio=BC:24:11:2C:1F:0A,bridge=vmbr0,firewall=1
scsi0: local-lvm:vm-100-disk-0,size=32G
`;
  deepEqual(parseGuestConfig(config, 'vm', '100', 'running'), {
    name: 'web',
    source: 'Proxmox VM 100',
    state: 'running',
    nics: [
      { mac: 'bc:24:11:2c:1f:0a', port: 'tap100i0', network: 'vmbr0', addresses: [] },
      { mac: 'bc:24:11:2c:1f:0b', port: 'tap100i1', network: 'vmbr1', addresses: [] },
    ],
  });
});

test('MAC address, addresses and veth of a container are read (pct.conf(5))', () => {
  const config = `arch: amd64
hostname: ct-a
net0: name=eth0,bridge=vmbr0,firewall=1,gw=192.168.1.1,hwaddr=BC:24:11:AA:BB:CC,ip=192.168.1.5/24,ip6=auto,type=veth
ostype: debian
`;
  deepEqual(parseGuestConfig(config, 'container', '201', 'running'), {
    name: 'ct-a',
    source: 'Proxmox container 201',
    state: 'running',
    nics: [{ mac: 'bc:24:11:aa:bb:cc', port: 'veth201i0', network: 'vmbr0', addresses: ['192.168.1.5'] }],
  });
});

test('a guest without a name is called by its id', () => {
  deepEqual(parseGuestConfig('memory: 512\n', 'vm', '101', 'stopped'), {
    name: 'vm101',
    source: 'Proxmox VM 101',
    state: 'stopped',
    nics: [],
  });
});
