import { yaml } from '@codemirror/lang-yaml';
import { MergeView, unifiedMergeView } from '@codemirror/merge';
import { EditorState, type Extension } from '@codemirror/state';
import { EditorView, lineNumbers } from '@codemirror/view';
import { useMediaQuery } from '@mantine/hooks';
import { useEffect, useRef } from 'react';
import style from './editor.module.css';
import { editorLook } from './theme.ts';
import { usePhrases } from './use-phrases.ts';

/** Lines around a difference that are shown. */
const context = { margin: 3, minSize: 5 };

interface Props {
  readonly before: string;
  readonly after: string;
  /** What the two are, for who cannot see them. */
  readonly labels: readonly [before: string, after: string];
}

/** How two texts differ: beside each other, or below each other where that is too narrow. To be read only. */
export function TextDiff({ before, after, labels: [nameBefore, nameAfter] }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const narrow = useMediaQuery('(max-width: 62em)', false, { getInitialValueInEffect: false });
  const phrases = usePhrases();
  useEffect(() => {
    const parent = place.current;
    if (parent === null) return;
    const readOnly = (name: string): Extension => [
      editorLook,
      phrases,
      yaml(),
      lineNumbers(),
      EditorState.readOnly.of(true),
      EditorView.editable.of(false),
      EditorView.contentAttributes.of({ 'aria-label': name, tabindex: '0' }),
    ];
    const view = narrow
      ? new EditorView({
          parent,
          doc: after,
          extensions: [
            readOnly(nameAfter),
            unifiedMergeView({ original: before, mergeControls: false, gutter: true, collapseUnchanged: context }),
          ],
        })
      : new MergeView({
          parent,
          a: { doc: before, extensions: readOnly(nameBefore) },
          b: { doc: after, extensions: readOnly(nameAfter) },
          collapseUnchanged: context,
          gutter: true,
        });
    return () => view.destroy();
  }, [before, after, narrow, nameBefore, nameAfter, phrases]);
  return <div ref={place} className={`${style.frame} ${style.colours} ${style.diff}`} />;
}
