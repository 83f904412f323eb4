import { Alert, Button, Center, Code, Divider, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '../data/client.ts';
import { forgetEverything } from '../data/me.ts';
import { ColourSchemeButton } from '../shell/colour-scheme-button.tsx';
import { LanguageMenu } from '../shell/language-menu.tsx';
import { LinkForm } from './link-form.tsx';
import { leaveLoginPath, linkToken } from './link-token.ts';
import { PasswordForm } from './password-form.tsx';

const refusals = ['unreachable', 'expired', 'denied', 'failed', 'no-role'] as const;
/** Why somebody who was at the provider was not let in: `/login?refused=no-role`. */
const refused = refusals.find((reason) => reason === new URLSearchParams(location.search).get('refused'));

async function comeIn(): Promise<void> {
  leaveLoginPath();
  await forgetEverything();
}

/** For a stranger, and for whoever opens a link that lets in, in place of everything else. */
export function LoginView({ onDone }: { readonly onDone?: () => void }) {
  const { t } = useTranslation('login');
  const [link, setLink] = useState(linkToken);
  const methods = useQuery({ queryKey: ['login-methods'], queryFn: () => client.login.methods(), staleTime: 60_000 });
  const provider = methods.data?.provider;
  const done = async (): Promise<void> => {
    await comeIn();
    onDone?.();
  };
  return (
    <Center component="main" mih="100dvh" p="md">
      <Paper w="100%" maw={400} p="lg" withBorder>
        <Stack gap="md">
          <Group justify="space-between" wrap="nowrap">
            <Group gap="xs" wrap="nowrap">
              <img src="/favicon.svg" alt="" width={28} height={28} />
              <Title order={1} size="h3">
                {link === undefined ? t('title') : t('link-title')}
              </Title>
            </Group>
            <Group gap={4} wrap="nowrap">
              <LanguageMenu />
              <ColourSchemeButton />
            </Group>
          </Group>
          {refused && (
            <Alert color="red" variant="light" role="alert">
              {t(`refused-${refused}`)}
            </Alert>
          )}
          {link !== undefined ? (
            <>
              <LinkForm token={link} onDone={done} />
              <Button variant="subtle" onClick={() => setLink(undefined)}>
                {t('cancel')}
              </Button>
            </>
          ) : (
            <>
              <PasswordForm onDone={done} />
              {provider && (
                <>
                  <Divider />
                  <Button component="a" href="/v1/login/oidc" variant="default">
                    {t('log-in-at', { name: provider.name })}
                  </Button>
                </>
              )}
              <Text size="xs" c="dimmed">
                {t('no-account')} <Code display="inline-block">sudo bridgekeeper access link</Code>
              </Text>
            </>
          )}
        </Stack>
      </Paper>
    </Center>
  );
}
