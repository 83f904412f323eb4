import { Button, Modal, PasswordInput, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '../data/client.ts';
import { forgetEverything, useMe } from '../data/me.ts';
import { LoginFailure } from './login-failure.tsx';

/** Changes one's own password. */
export function PasswordDialog({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTranslation('login');
  const me = useMe();
  const [password, setPassword] = useState('');
  const [fresh, setFresh] = useState('');
  const [again, setAgain] = useState('');
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const differs = again !== '' && again !== fresh;

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    if (again !== fresh) return;
    setBusy(true);
    setFailure(undefined);
    try {
      await client.login.changePassword({ password, newPassword: fresh });
      notifications.show({ message: t('password-changed'), color: 'green' });
      onClose();
      await forgetEverything();
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  }

  return (
    <Modal opened onClose={onClose} title={t('change-password')} closeButtonProps={{ 'aria-label': t('close') }}>
      <form onSubmit={(event) => void submit(event)}>
        <Stack gap="sm">
          <input type="text" name="username" autoComplete="username" value={me.name} readOnly hidden />
          <PasswordInput
            label={t('present-password')}
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
            autoComplete="current-password"
            maxLength={256}
            required
            data-autofocus
          />
          <PasswordInput
            label={t('new-password')}
            description={t('password-hint')}
            value={fresh}
            onChange={(event) => setFresh(event.currentTarget.value)}
            autoComplete="new-password"
            minLength={12}
            maxLength={256}
            required
          />
          <PasswordInput
            label={t('new-password-again')}
            value={again}
            onChange={(event) => setAgain(event.currentTarget.value)}
            autoComplete="new-password"
            maxLength={256}
            required
            error={differs ? t('not-same') : undefined}
          />
          <Text size="xs" c="dimmed">
            {t('others-end')}
          </Text>
          {failure !== undefined && (
            <LoginFailure
              error={failure}
              texts={{ forbidden: t('password-wrong'), 'value-invalid': t('password-weak') }}
            />
          )}
          <Button type="submit" loading={busy} disabled={differs}>
            {t('change-password')}
          </Button>
        </Stack>
      </form>
    </Modal>
  );
}
