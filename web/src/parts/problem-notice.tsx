import { Alert, Button, List, Stack, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { isAppError } from '../../../src/errors/app-error.ts';

/** Mistakes that are listed; a file of ten thousand lines may have as many. */
const most = 20;

interface Props {
  readonly error: unknown;
  /** Tries again; without it there is no button. */
  readonly onRetry?: () => void;
}

/** A failure in the words of the catalogue: what happened, and what to do about it. */
export function ProblemNotice({ error, onRetry }: Props) {
  const { t } = useTranslation('parts');
  const failure = isAppError(error) ? error : undefined;
  return (
    <Alert
      color="red"
      variant="light"
      icon={<IconAlertTriangle aria-hidden />}
      title={failure ? failure.message : t('unforeseen')}
      role="alert"
    >
      <Stack gap="xs" align="flex-start">
        {failure ? <Text size="sm">{failure.remedy}</Text> : <Text size="sm">{String(error)}</Text>}
        {failure && failure.mistakes.length > 0 && (
          <List size="sm">
            {failure.mistakes.slice(0, most).map((mistake) => (
              <List.Item key={`${mistake.path} ${mistake.line} ${mistake.message}`}>
                {mistake.line === undefined ? mistake.path : t('at-line', { line: mistake.line, path: mistake.path })}
                {': '}
                {mistake.message}
              </List.Item>
            ))}
          </List>
        )}
        {failure && failure.mistakes.length > most && (
          <Text size="sm">{t('more-mistakes', { count: failure.mistakes.length - most })}</Text>
        )}
        {failure && (
          <Text size="xs" c="dimmed" className="mono">
            {failure.code}
          </Text>
        )}
        {onRetry && (
          <Button size="xs" variant="default" onClick={onRetry}>
            {t('retry')}
          </Button>
        )}
      </Stack>
    </Alert>
  );
}
