import type { ToolAsker } from '../ask-tool.ts';

/** Guests of one tool that are asked about one by one; more would take minutes. */
const most = 200;

/** The first guests of a list, with a note when there are more. */
export function mostGuests(tool: string, names: readonly string[], tools: ToolAsker): readonly string[] {
  if (names.length > most) tools.note(`${tool} has ${names.length} guests; the first ${most} were looked at.`);
  return names.slice(0, most);
}
