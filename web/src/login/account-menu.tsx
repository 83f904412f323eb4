import { ActionIcon, Menu } from '@mantine/core';
import { IconDeviceLaptop, IconDeviceMobile, IconKey, IconLogout, IconUserCircle } from '@tabler/icons-react';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '../data/client.ts';
import { forgetEverything, useMe } from '../data/me.ts';

// What is seldom wanted is loaded when it is.
const dialogs = {
  password: lazy(async () => ({ default: (await import('./password-dialog.tsx')).PasswordDialog })),
  'second-factor': lazy(async () => ({ default: (await import('./second-factor-dialog.tsx')).SecondFactorDialog })),
  logins: lazy(async () => ({ default: (await import('./logins-dialog.tsx')).LoginsDialog })),
} as const;

async function logOut(): Promise<void> {
  // Whatever it answers: who looks now is asked anew, and somebody whose login is over sees the log-in view.
  await client.login.logOut().catch(() => {});
  await forgetEverything();
}

/** Who is logged in, and what they can do about it. In the head of every view. */
export function AccountMenu() {
  const { t } = useTranslation('login');
  const me = useMe();
  const [open, setOpen] = useState<keyof typeof dialogs>();
  const Dialog = open === undefined ? undefined : dialogs[open];
  const words = [me.name, t(me.role), me.owner === undefined ? undefined : t('owner-of', { owner: me.owner })];
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t('account')} title={t('account')}>
            <IconUserCircle size={20} stroke={1.7} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>{words.filter((word) => word !== undefined).join(' · ')}</Menu.Label>
          {me.account && (
            <>
              <Menu.Item leftSection={<IconKey size={16} aria-hidden />} onClick={() => setOpen('password')}>
                {t('change-password')}
              </Menu.Item>
              <Menu.Item
                leftSection={<IconDeviceMobile size={16} aria-hidden />}
                onClick={() => setOpen('second-factor')}
              >
                {t('second-factor')}
              </Menu.Item>
            </>
          )}
          {me.proof === 'login' ? (
            <>
              <Menu.Item leftSection={<IconDeviceLaptop size={16} aria-hidden />} onClick={() => setOpen('logins')}>
                {t('logins')}
              </Menu.Item>
              <Menu.Divider />
              <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={() => void logOut()}>
                {t('log-out')}
              </Menu.Item>
            </>
          ) : (
            <Menu.Label>{t(`proof-${me.proof}`)}</Menu.Label>
          )}
        </Menu.Dropdown>
      </Menu>
      {Dialog !== undefined && (
        <Suspense>
          <Dialog onClose={() => setOpen(undefined)} />
        </Suspense>
      )}
    </>
  );
}
