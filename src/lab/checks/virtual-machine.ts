import { renderPortRange } from '../../model/port-range.ts';
import { runCommand } from '../../system/run-command.ts';
import { inventedMac } from '../attacks.ts';
import { labFiles, shared, world } from '../scenario.ts';
import type { Scene } from '../scene.ts';
import { startVirtualMachine, type VirtualMachine } from '../vm/virtual-machine.ts';
import { answers, observeNoAnswer, renderOutcome } from './attempts.ts';

const guest = 'web1';
const page = `http://${shared.ipv4}:8080/cgi-bin/who`;
/** Emulated, so slower than the lab's other guests. */
const ANSWER_LIMIT_MS = 5000;

/** The guest web1 as a real machine on a tap of the same name, with the MAC that was leased. It stays until the lab ends. */
export async function checkVirtualMachine(scene: Scene): Promise<void> {
  const lease = scene.lease(guest);
  let machine: VirtualMachine | undefined;
  await scene.check('a machine boots in place of web1 and asks by DHCP', `${lease.ipv4}/24`, async () => {
    await runCommand(['ip', '-n', 'host', 'link', 'delete', lease.port]);
    const { port, mac } = lease;
    machine = await startVirtualMachine({ namespace: 'host', port, mac, directory: labFiles.directory });
    await machine.booted();
    const seen = /^dhcp: (\S+)/m.exec(machine.console)?.[1] ?? 'no lease';
    return { seen, ok: seen === `${lease.ipv4}/24` };
  });
  if (machine === undefined) return;
  const vm = machine;
  for (const from of ['world', 'host', 'db1']) {
    await scene.check(`${from} opens port 8080`, 'the machine answers', () => observePage(scene, from));
  }
  const seenAs = `as ${shared.ipv4}, source port in ${renderPortRange(lease.block)}`;
  await scene.check('the machine reaches the world', seenAs, () => observeOutbound(scene, vm));
  await scene.check('the machine changes its MAC', 'reaches nobody, no frame of it arrives', async () => {
    const seenAt = ['db1', 'world'] as const;
    const capture = { name: 'machine', device: 'eth0' };
    const filter = { sourceIn: [inventedMac] };
    await Promise.all(seenAt.map((n) => scene.agent(n).call('startCapture', { ...capture, filter })));
    await setMac(vm, inventedMac);
    const printed = await vm.run(`nc -w 2 ${world.ipv4} 80 </dev/null`);
    const inward = await observeNoAnswer(scene, { from: 'world', address: shared.ipv4, port: 8080 });
    const counts = await Promise.all(seenAt.map((n) => scene.agent(n).call('reportCapture', capture)));
    await Promise.all(seenAt.map((n) => scene.agent(n).call('stopCapture', capture)));
    const arrived = counts.reduce((sum, { count }) => sum + count, 0);
    const named = (await scene.gateway.offenders()).some(({ port, mac }) => port === lease.port && mac === inventedMac);
    const reached = printed.includes('"name"');
    return {
      seen: `${reached ? printed : 'reaches nobody'}, inward ${inward.seen}, ${arrived} arrive, port ${named ? '' : 'not '}named`,
      ok: !reached && inward.ok && arrived === 0 && named,
    };
  });
  await scene.check('the machine changes back', seenAs, async () => {
    await setMac(vm, lease.mac);
    return observeOutbound(scene, vm);
  });
  await scene.check('the world opens port 8080 once more', 'the machine answers', () => observePage(scene, 'world'));
}

async function setMac(vm: VirtualMachine, mac: string): Promise<void> {
  await vm.run(
    `ip link set eth0 down; ip link set eth0 address ${mac}; ip link set eth0 up; ip route add default via 10.77.10.1`,
  );
}

async function observePage(scene: Scene, from: string) {
  const outcome = await scene.agent(from).call('fetchGreeting', { url: page, timeout: ANSWER_LIMIT_MS });
  return {
    seen: renderOutcome(outcome),
    ok: answers(outcome, { by: 'vm', ...(from === 'world' ? { as: [world.ipv4] } : {}) }),
  };
}

async function observeOutbound(scene: Scene, vm: VirtualMachine) {
  const { block } = scene.lease(guest);
  const printed = await vm.run(`nc -w 5 ${world.ipv4} 80 </dev/null`);
  const found = /\{"name".*\}/.exec(printed)?.[0];
  if (found === undefined) return { seen: printed || 'no answer', ok: false };
  const outcome = { greeting: JSON.parse(found) as { name: string; peer: string; peerPort: number } };
  return { seen: renderOutcome(outcome), ok: answers(outcome, { by: 'world', as: [shared.ipv4], ports: block }) };
}
