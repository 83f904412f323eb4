import type { Extension } from '@codemirror/state';
import { hoverTooltip } from '@codemirror/view';
import { aboutPlace } from './site-completion.ts';
import { renderYamlValue, type Schema } from './site-schema.ts';

/** Words of the hint, in the reader's language. */
export interface HoverWords {
  readonly fallback: string;
  readonly example: string;
}

function line(text: string, className?: string): HTMLElement {
  const element = document.createElement('div');
  element.textContent = text;
  if (className !== undefined) element.className = className;
  return element;
}

/** Says what a key is for when the pointer rests on it. */
export const siteHover = (schema: () => Schema | undefined, words: () => HoverWords): Extension =>
  hoverTooltip((view, position) => {
    const root = schema();
    if (root === undefined) return null;
    const { from, to } = view.state.wordAt(position) ?? { from: position, to: position };
    if (from === to) return null;
    const about = aboutPlace(root, view.state.doc.toString(), position);
    if (about === undefined) return null;
    const { description = '', default: fallback, examples = [] } = about.schema;
    return {
      pos: from,
      end: to,
      create: () => {
        const dom = document.createElement('div');
        dom.className = 'cm-about';
        dom.append(line(about.path, 'mono'), line(description));
        if (fallback !== undefined && typeof fallback !== 'object')
          dom.append(line(`${words().fallback} ${renderYamlValue(fallback)}`));
        else if (examples[0] !== undefined) dom.append(line(`${words().example} ${renderYamlValue(examples[0])}`));
        return { dom };
      },
    };
  });
