import { Alert } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { isAppError } from '../../../src/errors/app-error.ts';
import type { ErrorCode } from '../../../src/errors/catalogue.ts';

type Texts = Readonly<Partial<Record<ErrorCode, string>>>;

function textOf(error: unknown, t: TFunction<'login'>, texts: Texts): string {
  if (!isAppError(error)) return String(error);
  const text = texts[error.code];
  if (text !== undefined) return text;
  if (error.code === 'unauthenticated') return t('wrong');
  if (error.code === 'too-many-requests') return t('wait', { seconds: Number(error.details.retryAfter ?? 60) });
  return error.message;
}

/** Why something was refused; `texts` are words of one's own for some failures. */
export function LoginFailure({ error, texts = {} }: { readonly error: unknown; readonly texts?: Texts }) {
  const { t } = useTranslation('login');
  return (
    <Alert color="red" variant="light" icon={<IconAlertTriangle aria-hidden />} role="alert">
      {textOf(error, t, texts)}
    </Alert>
  );
}

/** Whether everything was right, and only the code of the second factor is missing. */
export const needsCode = (error: unknown): boolean => isAppError(error) && error.details.needs === 'code';
