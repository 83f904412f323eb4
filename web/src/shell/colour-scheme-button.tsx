import { ActionIcon, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { IconMoon, IconSun } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';

/** Light or dark. */
export function ColourSchemeButton() {
  const { t } = useTranslation('shell');
  const { setColorScheme } = useMantineColorScheme();
  const now = useComputedColorScheme('light');
  const other = now === 'dark' ? 'light' : 'dark';
  const Sign = now === 'dark' ? IconSun : IconMoon;
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size="lg"
      aria-label={t(`to-${other}`)}
      title={t(`to-${other}`)}
      onClick={() => setColorScheme(other)}
    >
      <Sign size={20} stroke={1.7} />
    </ActionIcon>
  );
}
