import { Button, PasswordInput, Stack, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '../data/client.ts';
import { CodeInput } from './code-input.tsx';
import { LoginFailure, needsCode } from './login-failure.tsx';

/** Name and password, and the code of the second factor when that is asked for. */
export function PasswordForm({ onDone }: { readonly onDone: () => Promise<void> }) {
  const { t } = useTranslation('login');
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [code, setCode] = useState<string>();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    setBusy(true);
    setFailure(undefined);
    try {
      await client.login.logIn({ name, password, ...(code === undefined ? {} : { code }) });
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
        <TextInput
          label={t('name')}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          maxLength={64}
          required
          autoFocus
        />
        <PasswordInput
          label={t('password')}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          autoComplete="current-password"
          maxLength={256}
          required
        />
        {code !== undefined && <CodeInput value={code} onChange={setCode} />}
        {failure !== undefined && <LoginFailure error={failure} />}
        <Button type="submit" loading={busy}>
          {t('log-in')}
        </Button>
      </Stack>
    </form>
  );
}
