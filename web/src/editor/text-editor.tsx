import { autocompletion, type CompletionSource, closeBrackets, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { yaml } from '@codemirror/lang-yaml';
import { bracketMatching, foldGutter, foldKeymap, indentOnInput } from '@codemirror/language';
import { type Diagnostic, lintGutter, lintKeymap, setDiagnostics } from '@codemirror/lint';
import { highlightSelectionMatches, searchKeymap } from '@codemirror/search';
import { EditorState, type Extension } from '@codemirror/state';
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
} from '@codemirror/view';
import { type RefObject, useEffect, useEffectEvent, useImperativeHandle, useRef } from 'react';
import style from './editor.module.css';
import { editorLook } from './theme.ts';
import { usePhrases } from './use-phrases.ts';

/** What the outside may do with an editor. */
export interface EditorHandle {
  /** Puts another text into it; what was there can be had back with undo. */
  replace(text: string): void;
  /** Puts the cursor there and shows it; line and column count from 1. */
  goTo(line: number, column: number): void;
}

interface Props {
  readonly handle: RefObject<EditorHandle | null>;
  /** The text that it begins with; later ones come by `replace`. */
  readonly text: string;
  readonly label: string;
  readonly readOnly?: boolean;
  readonly diagnostics: (state: EditorState) => readonly Diagnostic[];
  /** What the diagnostics come from: they are shown anew when it is another one. */
  readonly diagnosed: unknown;
  readonly complete: CompletionSource;
  readonly extensions?: Extension;
  readonly onChange: (text: string) => void;
}

const basics: Extension = [
  editorLook,
  yaml(),
  lineNumbers(),
  foldGutter(),
  lintGutter(),
  history(),
  drawSelection(),
  indentOnInput(),
  bracketMatching(),
  closeBrackets(),
  highlightActiveLine(),
  highlightActiveLineGutter(),
  highlightSelectionMatches(),
  EditorState.tabSize.of(2),
  // Escape and then Tab leaves the editor (WCAG 2.1.2).
  keymap.of([
    ...completionKeymap,
    ...searchKeymap,
    ...foldKeymap,
    ...lintKeymap,
    ...historyKeymap,
    ...defaultKeymap,
    indentWithTab,
  ]),
];

/** An editor for YAML. */
export function TextEditor(props: Props) {
  const { handle, text, label, readOnly = false, diagnosed, extensions = [] } = props;
  const phrases = usePhrases();
  const place = useRef<HTMLDivElement>(null);
  const editor = useRef<EditorView>(null);
  const changed = useEffectEvent((now: string) => props.onChange(now));
  const complete = useEffectEvent<CompletionSource>((context) => props.complete(context));
  const begin = useEffectEvent((parent: HTMLElement) => {
    return new EditorView({
      parent,
      doc: text,
      extensions: [
        basics,
        phrases,
        extensions,
        // Editable content has the focus anyway; the attribute says so to those who look for it.
        EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0' }),
        EditorState.readOnly.of(readOnly),
        autocompletion({ override: [(context) => complete(context)], icons: false }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) changed(update.state.doc.toString());
        }),
      ],
    });
  });
  useEffect(() => {
    if (place.current === null) return;
    const view = begin(place.current);
    editor.current = view;
    return () => view.destroy();
  }, []);
  const diagnose = useEffectEvent((view: EditorView) => {
    view.dispatch(setDiagnostics(view.state, props.diagnostics(view.state)));
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: what they come from says when they are other ones
  useEffect(() => {
    if (editor.current !== null) diagnose(editor.current);
  }, [diagnosed]);
  useImperativeHandle(handle, () => ({
    replace: (now) => {
      const view = editor.current;
      view?.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: now } });
    },
    goTo: (line, column) => {
      const view = editor.current;
      if (view === null) return;
      const at = view.state.doc.line(Math.min(Math.max(1, line), view.state.doc.lines));
      const anchor = Math.min(at.from + column - 1, at.to);
      view.dispatch({ selection: { anchor }, effects: EditorView.scrollIntoView(anchor, { y: 'center' }) });
      view.focus();
    },
  }));
  return <div ref={place} className={`${style.frame} ${style.colours} ${style.grows}`} />;
}
