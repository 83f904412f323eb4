import { Button, Stack, Text } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '../data/client.ts';
import { CodeInput } from './code-input.tsx';
import { LoginFailure, needsCode } from './login-failure.tsx';

interface Props {
  readonly token: string;
  readonly onDone: () => Promise<void>;
}

/** Comes in with a link, once somebody says so: a page must not log anybody in as somebody else by being opened. */
export function LinkForm({ token, onDone }: Props) {
  const { t } = useTranslation('login');
  const [code, setCode] = useState<string>();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    setBusy(true);
    setFailure(undefined);
    try {
      await client.login.logInByLink({ token, ...(code === undefined ? {} : { code }) });
      await onDone();
    } catch (error) {
      if (needsCode(error)) setCode('');
      else setFailure(error);
    } finally {
      setBusy(false);
    }
  }

  return (
    <form onSubmit={(event) => void submit(event)}>
      <Stack gap="sm">
        <Text size="sm">{t('link-text')}</Text>
        {code !== undefined && <CodeInput value={code} onChange={setCode} />}
        {failure !== undefined && (
          <LoginFailure error={failure} texts={code === undefined ? { unauthenticated: t('link-over') } : {}} />
        )}
        <Button type="submit" loading={busy}>
          {t('log-in')}
        </Button>
      </Stack>
    </form>
  );
}
