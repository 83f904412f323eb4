import { Button, FileButton, Group, SegmentedControl } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconArrowBackUp, IconDownload, IconFolderOpen, IconListCheck } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { saveText } from '../../data/site-text.ts';

/** Bytes of a site file at most. */
const largest = 8 * 1024 * 1024;

interface Props {
  readonly text: string;
  readonly isEdited: boolean;
  readonly comparing: boolean;
  readonly onCompare: (comparing: boolean) => void;
  readonly onReset: () => void;
  /** Puts the text of a file into the editor. */
  readonly onOpen: (text: string) => void;
  /** Absent for who may not. */
  readonly onApply?: () => void;
  /** The text is another one than what is applied, and has no mistake. */
  readonly ready: boolean;
}

/** What can be done with the site file. */
export function SiteTools({ text, isEdited, comparing, onCompare, onReset, onOpen, onApply, ready }: Props) {
  const { t } = useTranslation('site');
  const open = async (file: File | null): Promise<void> => {
    if (file === null) return;
    if (file.size > largest)
      notifications.show({ color: 'red', message: t('too-large', { size: largest / 1024 / 1024 }) });
    else onOpen(await file.text());
  };
  return (
    <Group justify="space-between" gap="xs">
      <Group gap="xs">
        <SegmentedControl
          size="sm"
          aria-label={t('editor')}
          value={comparing ? 'compare' : 'edit'}
          onChange={(value) => onCompare(value === 'compare')}
          data={[
            { value: 'edit', label: t('edit') },
            { value: 'compare', label: t('compare') },
          ]}
        />
        <Button
          variant="default"
          leftSection={<IconDownload size={18} aria-hidden />}
          onClick={() => saveText('site.yaml', text)}
        >
          {t('download')}
        </Button>
        {onApply && (
          <FileButton onChange={(file) => void open(file)} accept=".yaml,.yml,.json,text/yaml,application/yaml">
            {(props) => (
              <Button variant="default" leftSection={<IconFolderOpen size={18} aria-hidden />} {...props}>
                {t('upload')}
              </Button>
            )}
          </FileButton>
        )}
        {isEdited && (
          <Button
            variant="subtle"
            color="gray"
            leftSection={<IconArrowBackUp size={18} aria-hidden />}
            title={t('reset-about')}
            onClick={onReset}
          >
            {t('reset')}
          </Button>
        )}
      </Group>
      {onApply && (
        <Button leftSection={<IconListCheck size={18} aria-hidden />} disabled={!ready} onClick={onApply}>
          {t('apply')}
        </Button>
      )}
    </Group>
  );
}
