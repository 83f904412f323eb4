import type { HostItem, PortItem, RuleItem } from './host-item.ts';

function portText(from: PortItem, to: PortItem): string {
  if (to.bridge === undefined) {
    return from.bridge === undefined
      ? `put port "${to.device}" back as it was found`
      : `put port "${to.device}" out of bridge "${from.bridge}"${to.up ? '' : ' and take it down'}: no NIC plugs it in there`;
  }
  if (from.bridge !== to.bridge) return `plug port "${to.device}" into bridge "${to.bridge}"`;
  return `set port "${to.device}" of bridge "${to.bridge}": guard, MTU ${to.mtu}${to.up ? ', up' : ''}`;
}

function ruleText({ preference, mark, not, action }: RuleItem): string {
  const packets =
    mark === undefined ? 'every packet' : `packets ${not ? 'without' : 'with'} mark 0x${mark.toString(16)}`;
  return `routing rule ${preference} (${packets}: ${'table' in action ? `table ${action.table}` : `go to rule ${action.goto}`})`;
}

function thing(item: HostItem): string {
  switch (item.kind) {
    case 'bridge':
      return `bridge "${item.name}" (MAC ${item.mac}, MTU ${item.mtu})`;
    case 'link-up':
      return `bridge "${item.device}"`;
    case 'address':
      return `address ${item.address} on bridge "${item.device}"`;
    case 'port':
      return `port "${item.device}"`;
    case 'fdb':
      return `pin of MAC ${item.mac} to port "${item.port}"`;
    case 'neighbour':
      return `permanent neighbour ${item.ip} (MAC ${item.mac}) on bridge "${item.device}"`;
    case 'route':
      return `route to ${item.destination} via ${item.via} on bridge "${item.device}" in table ${item.table}`;
    case 'rule':
      return ruleText(item);
    case 'sysctl':
      return `kernel setting ${item.key}`;
  }
}

/** One step in words: an order that is followed, such as `add bridge "bk-dev" …`. */
export function stepText(from: HostItem | undefined, to: HostItem | undefined): string {
  if (from?.kind === 'port' && to?.kind === 'port') return portText(from, to);
  if (to?.kind === 'sysctl') {
    return `set ${thing(to)} to ${to.value}${from?.kind === 'sysctl' ? ` (it is ${from.value})` : ''}`;
  }
  if (to?.kind === 'link-up') return `bring ${thing(to)} up`;
  if (to === undefined)
    return from?.kind === 'link-up' ? `take ${thing(from)} down` : `remove ${thing(from as HostItem)}`;
  return `${from === undefined ? 'add' : 'change'} ${thing(to)}`;
}
