import { compile } from '../../../../src/compile/compile.ts';
import type { Assignments } from '../../../../src/model/assignments.ts';
import type { DesiredState } from '../../../../src/model/desired-state.ts';
import { parseSite } from '../../../../src/model/parse-site.ts';
import { nobody, propose } from '../../../registry/site-builder.ts';

/** A site's text as the desired state that an empty registry (or one that holds `held`) makes of it; always the same. */
export async function desiredSite(
  text: string,
  held: Assignments = nobody,
): Promise<{ desired: DesiredState; assignments: Assignments }> {
  const { site } = parseSite(text);
  const { assignments } = await propose(site, held);
  const desired = compile(site, assignments);
  if (desired === null) throw new Error('the site has no uplink');
  return { desired, assignments };
}
