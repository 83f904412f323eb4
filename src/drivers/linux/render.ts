import type { DesiredState } from '../../model/desired-state.ts';
import { renderDnsmasq } from './dnsmasq/render-dnsmasq.ts';
import { addActions } from './host/host-commands.ts';
import { renderHostItems } from './host/render-host-items.ts';
import { renderAction } from './host/run-actions.ts';
import type { HostFeatures } from './nftables/features.ts';
import { renderRuleset } from './nftables/transaction.ts';

/** Everything that `desired` means on an empty host: file or kind of command → text. Needs no host. */
export function renderEverything(
  desired: DesiredState,
  features: HostFeatures,
  stateDirectory: string,
): Map<string, string> {
  const actions = renderHostItems(desired).map((item) => {
    const lines = addActions(item).map(renderAction);
    const isLeast = item.kind === 'sysctl' && item.atLeast;
    return { item, lines: isLeast ? lines.map((line) => `# unless it is more: ${line}`) : lines };
  });
  const linesOf = (sysctls: boolean): string =>
    actions
      .filter(({ item }) => (item.kind === 'sysctl') === sysctls)
      .flatMap(({ lines }) => lines.map((line) => `${line}\n`))
      .join('');
  return new Map([
    ['nftables', renderRuleset({ desired, host: features })],
    ['links', linesOf(false)],
    ['sysctls', linesOf(true)],
    ...renderDnsmasq(desired, `${stateDirectory}/dnsmasq`),
  ]);
}
