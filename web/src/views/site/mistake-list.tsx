import { Group, Loader, Text, UnstyledButton } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck, IconCircleX } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import style from './site.module.css';
import type { Mistake, Validation } from './use-validation.ts';

const most = 50;

interface Props {
  readonly validation: Validation | undefined;
  readonly checking: boolean;
  readonly onGo: (line: number, column: number) => void;
}

function Row({ mistake, onGo }: { readonly mistake: Mistake; readonly onGo: Props['onGo'] }) {
  const { t } = useTranslation('site');
  const { line = 1, column = 1, message, severity, path } = mistake;
  const Sign = severity === 'error' ? IconCircleX : IconAlertTriangle;
  return (
    <UnstyledButton className={style.mistake ?? ''} onClick={() => onGo(line, column)}>
      <Sign size={16} className={style.sign} data-severity={severity} aria-hidden />
      <Text size="sm" className={style.words ?? ''}>
        {message}
      </Text>
      <Text size="xs" c="dimmed" className={style.place ?? ''} title={path}>
        {t('place', { line, column })}
      </Text>
    </UnstyledButton>
  );
}

/** Every mistake of the text; each leads to its place. */
export function MistakeList({ validation, checking, onGo }: Props) {
  const { t } = useTranslation('site');
  const mistakes = validation?.mistakes ?? [];
  const errors = mistakes.filter(({ severity }) => severity === 'error').length;
  const counts = validation?.counts;
  return (
    <section className={style.mistakes} aria-label={t('errors', { count: errors })}>
      <Group gap={8} px="sm" py={6} role="status" wrap="nowrap">
        {checking || validation === undefined ? (
          <Loader size={14} />
        ) : errors > 0 ? (
          <IconCircleX size={18} className={style.sign} data-severity="error" aria-hidden />
        ) : (
          <IconCircleCheck size={18} className={style.sign} data-severity="good" aria-hidden />
        )}
        <Text size="sm" fw={550}>
          {validation === undefined
            ? t('checking')
            : counts && validation.valid
              ? t('valid', { ...counts })
              : t('errors', { count: errors })}
          {mistakes.length > errors && ` · ${t('warnings', { count: mistakes.length - errors })}`}
        </Text>
      </Group>
      {mistakes.slice(0, most).map((mistake) => (
        <Row key={`${mistake.line} ${mistake.column} ${mistake.message}`} mistake={mistake} onGo={onGo} />
      ))}
      {mistakes.length > most && (
        <Text size="sm" c="dimmed" px="sm" pb={6}>
          {t('more-mistakes', { count: mistakes.length - most })}
        </Text>
      )}
    </section>
  );
}
