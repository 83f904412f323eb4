import { Alert, Button, Group, List, Stack, Text } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck, IconTerminal2 } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { PlanResult } from '../../../src/client/client.ts';
import style from './change.module.css';
import { PlanCounts, PlanLines } from './plan-lines.tsx';

/** Characters of commands that are shown: a plan for ten thousand guests has megabytes of them. */
const mostRaw = 200_000;
const mostWarnings = 20;

/** What a change would do: in words, or as commands. */
export function PlanReport({ plan }: { readonly plan: PlanResult }) {
  const { t } = useTranslation('change');
  const [raw, setRaw] = useState(false);
  const { lines, warnings } = plan;
  return (
    <Stack gap="sm">
      {warnings.length > 0 && (
        <Alert color="yellow" icon={<IconAlertTriangle aria-hidden />} title={t('warnings')}>
          <List size="sm" spacing={2}>
            {warnings.slice(0, mostWarnings).map((warning) => (
              <List.Item key={`${warning.path} ${warning.message}`}>
                {warning.line !== undefined && `${t('where', { line: warning.line, column: warning.column ?? 1 })}: `}
                {warning.message}
              </List.Item>
            ))}
          </List>
          {warnings.length > mostWarnings && (
            <Text size="sm">{t('more-lines', { count: warnings.length - mostWarnings })}</Text>
          )}
        </Alert>
      )}
      {lines.length === 0 ? (
        <Group gap="xs" wrap="nowrap">
          <IconCircleCheck size={20} aria-hidden />
          <Text size="sm">{t('nothing')}</Text>
        </Group>
      ) : (
        <>
          <Group justify="space-between">
            <PlanCounts lines={lines} />
            {plan.raw !== '' && (
              <Button
                size="compact-xs"
                variant="subtle"
                color="gray"
                leftSection={<IconTerminal2 size={14} aria-hidden />}
                aria-pressed={raw}
                onClick={() => setRaw(!raw)}
              >
                {t(raw ? 'as-lines' : 'as-commands')}
              </Button>
            )}
          </Group>
          {raw ? (
            // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard (WCAG 2.1.1)
            <pre className={style.raw} tabIndex={0}>
              {plan.raw.slice(0, mostRaw)}
              {plan.raw.length > mostRaw && '\n…'}
            </pre>
          ) : (
            <PlanLines lines={lines} />
          )}
        </>
      )}
    </Stack>
  );
}
