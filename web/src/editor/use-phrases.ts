import { EditorState, type Extension } from '@codemirror/state';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';

/** What the editor says by itself, in the reader's language. */
export function usePhrases(): Extension {
  const { t } = useTranslation('editor');
  return useMemo(
    () =>
      EditorState.phrases.of({
        '$ unchanged lines': t('unchanged'),
        Find: t('find'),
        Replace: t('replace'),
        next: t('next'),
        previous: t('previous'),
        all: t('all'),
        'match case': t('match-case'),
        'by word': t('by-word'),
        regexp: t('regexp'),
        replace: t('replace-one'),
        'replace all': t('replace-all'),
        close: t('close'),
        Completions: t('completions'),
        'Control character': t('control-character'),
        'folded code': t('folded-code'),
        unfold: t('unfold'),
        'Fold line': t('fold-line'),
        'Unfold line': t('unfold-line'),
        Diagnostics: t('diagnostics'),
        'No diagnostics': t('no-diagnostics'),
      }),
    [t],
  );
}
