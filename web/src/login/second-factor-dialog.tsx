import { Button, Code, CopyButton, Group, Modal, Paper, PasswordInput, SimpleGrid, Stack, Text } from '@mantine/core';
import { QRCodeSVG } from 'qrcode.react';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '../data/client.ts';
import { useMe } from '../data/me.ts';
import { meKey } from '../data/me-key.ts';
import { queryClient } from '../data/query-client.ts';
import { CodeInput } from './code-input.tsx';
import { LoginFailure } from './login-failure.tsx';

interface Proposal {
  readonly secret: string;
  readonly uri: string;
}

const lookAgain = () => queryClient.invalidateQueries({ queryKey: meKey });

/** Shows the secret for an app, and takes the code that shows that the app has it. */
function Enrolment({ proposal, onCodes }: { proposal: Proposal; onCodes: (codes: readonly string[]) => void }) {
  const { t } = useTranslation('login');
  const [code, setCode] = useState('');
  const [failure, setFailure] = useState<unknown>();
  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    setFailure(undefined);
    try {
      onCodes((await client.login.confirmTotp(code)).recoveryCodes);
    } catch (error) {
      setFailure(error);
    }
  }
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Stack gap="sm">
        <Text size="sm">{t('scan')}</Text>
        <Paper bg="white" p="md" mx="auto">
          <QRCodeSVG value={proposal.uri} size={184} title={t('qr')} />
        </Paper>
        <Text size="xs" c="dimmed">
          {t('type-secret')}
        </Text>
        <Code block>{proposal.secret.match(/.{1,4}/g)?.join(' ')}</Code>
        <CodeInput value={code} onChange={setCode} onlyApp />
        {failure !== undefined && <LoginFailure error={failure} texts={{ 'value-invalid': t('code-wrong') }} />}
        <Button type="submit">{t('turn-on')}</Button>
      </Stack>
    </form>
  );
}

/** The recovery codes, this once. */
function RecoveryCodes({ codes, onDone }: { codes: readonly string[]; onDone: () => void }) {
  const { t } = useTranslation('login');
  return (
    <Stack gap="sm">
      <Text fw={600}>{t('recovery-title')}</Text>
      <Text size="sm">{t('recovery-text')}</Text>
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing={6}>
        {codes.map((code) => (
          <Code key={code}>{code}</Code>
        ))}
      </SimpleGrid>
      <Group>
        <CopyButton value={codes.join('\n')}>
          {({ copied, copy }) => (
            <Button variant="default" onClick={copy}>
              {copied ? t('copied') : t('copy')}
            </Button>
          )}
        </CopyButton>
        <Button onClick={onDone}>{t('recovery-kept')}</Button>
      </Group>
    </Stack>
  );
}

/** Sets the second factor of one's own account up, or takes it away. The password is asked for first. */
export function SecondFactorDialog({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTranslation('login');
  const { name, account } = useMe();
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [proposal, setProposal] = useState<Proposal>();
  const [codes, setCodes] = useState<readonly string[]>();
  const [failure, setFailure] = useState<unknown>();
  const on = account?.totp ?? false;
  const proof = { password, ...(on ? { code } : {}) };

  async function attempt(work: () => Promise<void>): Promise<void> {
    setFailure(undefined);
    try {
      await work();
    } catch (error) {
      setFailure(error);
    }
  }
  const propose = () => attempt(async () => setProposal(await client.login.proposeTotp(proof)));
  const remove = () =>
    attempt(async () => {
      await client.login.removeTotp(proof);
      await lookAgain();
      onClose();
    });

  return (
    <Modal opened onClose={onClose} title={t('second-factor')} closeButtonProps={{ 'aria-label': t('close') }}>
      {codes !== undefined ? (
        <RecoveryCodes codes={codes} onDone={onClose} />
      ) : proposal !== undefined ? (
        <Enrolment
          proposal={proposal}
          onCodes={(given) => {
            setCodes(given);
            void lookAgain();
          }}
        />
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void propose();
          }}
        >
          <Stack gap="sm">
            <Text size="sm">{on ? t('totp-on', { count: account?.recoveryCodes ?? 0 }) : t('totp-off')}</Text>
            <input type="text" name="username" autoComplete="username" value={name} readOnly hidden />
            <PasswordInput
              label={t('present-password')}
              value={password}
              onChange={(event) => setPassword(event.currentTarget.value)}
              autoComplete="current-password"
              maxLength={256}
              required
              data-autofocus
            />
            {on && <CodeInput value={code} onChange={setCode} first={false} />}
            {failure !== undefined && <LoginFailure error={failure} texts={{ forbidden: t('proof-wrong') }} />}
            <Group>
              <Button type="submit">{on ? t('new-app') : t('set-up')}</Button>
              {on && (
                <Button variant="default" color="red" onClick={() => void remove()}>
                  {t('take-away')}
                </Button>
              )}
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}
