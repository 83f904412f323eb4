import type { Diagnostic } from '@codemirror/lint';
import type { EditorState } from '@codemirror/state';
import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { IconInfoCircle } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useEffectEvent, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { request } from '../../../../src/client/request.ts';
import { useChange } from '../../change/proposal.ts';
import { transport } from '../../data/client.ts';
import { useMay } from '../../data/me.ts';
import { TextDiff } from '../../editor/text-diff.tsx';
import { type EditorHandle, TextEditor } from '../../editor/text-editor.tsx';
import { MistakeList } from './mistake-list.tsx';
import { siteCompletion } from './site-completion.ts';
import { keepDraft, type SiteDraft } from './site-draft.ts';
import { siteHover } from './site-hover.ts';
import type { Schema } from './site-schema.ts';
import { SiteTools } from './site-tools.tsx';
import { useValidation, type Validation } from './use-validation.ts';

interface Props {
  readonly applied: { readonly text: string; readonly revision: number };
  readonly draft: SiteDraft | undefined;
}

/** Mistakes as marks in the text. */
function marksOf(validation: Validation | undefined, state: EditorState): Diagnostic[] {
  return (validation?.mistakes ?? []).map(({ line = 1, column = 1, message, severity }) => {
    const at = state.doc.line(Math.min(Math.max(1, line), state.doc.lines));
    const from = Math.min(at.from + column - 1, at.to);
    const word = state.wordAt(from);
    return { from, to: Math.max(from, word?.to ?? Math.min(from + 1, at.to)), severity, message };
  });
}

/** The site file in an editor that knows its schema. */
export function SiteEditing({ applied, draft }: Props) {
  const { t } = useTranslation('site');
  const { propose } = useChange();
  const isAdmin = useMay('admin');
  const editor = useRef<EditorHandle>(null);
  const [base, setBase] = useState(draft ?? { base: applied.text, revision: applied.revision });
  const [text, setText] = useState(draft?.text ?? applied.text);
  // What was applied here stands in the registry without its comments: the text stays as it was written.
  const [mine, setMine] = useState(
    draft?.became === undefined ? undefined : { text: draft.text, revision: draft.became },
  );
  const [comparing, setComparing] = useState(false);
  const { data: validation, checking } = useValidation(text);
  const schema = useQuery({
    queryKey: ['site-schema'],
    queryFn: () => request<Schema>(transport, 'GET', '/v1/site/schema'),
    staleTime: Number.POSITIVE_INFINITY,
  }).data;
  const known = useRef<Schema>(undefined);
  const words = useRef({ fallback: '', example: '' });
  useEffect(() => {
    known.current = schema;
    words.current = { fallback: t('default'), example: t('example') };
  }, [schema, t]);
  const hover = useMemo(
    () =>
      siteHover(
        () => known.current,
        () => words.current,
      ),
    [],
  );
  const complete = useMemo(() => siteCompletion(schema), [schema]);
  const isMine = mine?.text === text && mine.revision >= applied.revision;
  const isEdited = text !== applied.text && !isMine;
  const movedOn = isEdited && base.revision < applied.revision;
  const change = (now: string): void => {
    setText(now);
    keepDraft({ base: applied.text, revision: base.revision, text: now });
  };
  const put = (now: string): void => {
    if (editor.current === null) change(now);
    else editor.current.replace(now);
  };
  // A text that nobody touched follows what is applied.
  const follow = useEffectEvent(() => {
    if (mine !== undefined || text !== base.base || text === applied.text) return;
    setBase({ base: applied.text, revision: applied.revision });
    put(applied.text);
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is what is applied that calls for it
  useEffect(() => follow(), [applied]);
  const reset = (): void => {
    setMine(undefined);
    setBase({ base: applied.text, revision: applied.revision });
    put(applied.text);
  };
  const apply = async (): Promise<void> => {
    const result = await propose({ file: { text, name: 'site.yaml' } }, t('apply-title'));
    if (result === undefined) return;
    const revision = result.revision.number;
    setBase({ base: applied.text, revision });
    setMine({ text, revision });
    keepDraft({ base: applied.text, revision, text, became: revision });
  };

  return (
    <Stack gap="sm">
      <SiteTools
        isEdited={isEdited}
        comparing={comparing}
        onCompare={setComparing}
        onReset={reset}
        onOpen={put}
        text={text}
        {...(isAdmin ? { onApply: () => void apply() } : {})}
        ready={isEdited && validation?.valid === true && !checking}
      />
      {movedOn && (
        <Alert color="yellow" icon={<IconInfoCircle aria-hidden />} role="status">
          <Group justify="space-between" gap="xs">
            {t('moved-on', { revision: applied.revision })}
            <Button size="compact-sm" variant="default" onClick={reset}>
              {t('load-newest')}
            </Button>
          </Group>
        </Alert>
      )}
      {comparing ? (
        isEdited ? (
          <TextDiff before={applied.text} after={text} labels={[t('applied'), t('edited')]} />
        ) : (
          <Text c="dimmed">{t('no-changes')}</Text>
        )
      ) : (
        <TextEditor
          handle={editor}
          text={text}
          label={t('editor')}
          diagnosed={validation}
          diagnostics={(state) => marksOf(validation, state)}
          complete={complete}
          extensions={hover}
          onChange={change}
        />
      )}
      <MistakeList
        validation={validation}
        checking={checking}
        onGo={(line, column) => {
          setComparing(false);
          editor.current?.goTo(line, column);
        }}
      />
      <Text size="xs" c="dimmed">
        {isAdmin ? t('keys') : t('read-only')} {t('comments-lost')} {isEdited && t('changes-kept')}
      </Text>
    </Stack>
  );
}
