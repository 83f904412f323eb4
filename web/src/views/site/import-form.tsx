import { Button, FileButton, Group, Radio, Select, SimpleGrid, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { IconFolderOpen, IconListSearch } from '@tabler/icons-react';
import { type DragEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useStatus } from '../../data/status.ts';
import style from './site.module.css';

/** Names of the formats, as `mac import --format` has them; the daemon refuses others. */
const formats = ['ip', 'libvirt', 'proxmox', 'incus', 'aws', 'aliyun', 'tccli', 'govc', 'hyper-v', 'netbox', 'csv'];

/** `leases`: the registry holds the addresses. `guests`: they become guests of the site. */
export type Goal = 'leases' | 'guests';

/** What is asked for. */
export interface ImportQuestion {
  readonly text: string;
  readonly format: string | null;
  readonly segment: string | null;
  readonly owner: string;
  readonly guest: string;
  readonly goal: Goal;
}

export const noQuestion: ImportQuestion = {
  text: '',
  format: null,
  segment: null,
  owner: '',
  guest: '',
  goal: 'leases',
};

interface Props {
  readonly question: ImportQuestion;
  readonly onChange: (question: ImportQuestion) => void;
  readonly onRead: () => void;
  readonly loading: boolean;
}

/** What another tool printed, and what shall become of it. */
export function ImportForm({ question, onChange, onRead, loading }: Props) {
  const { t } = useTranslation('site');
  const segments = useStatus().data?.segments ?? [];
  const [over, setOver] = useState(false);
  const set = (part: Partial<ImportQuestion>): void => onChange({ ...question, ...part });
  const open = async (files: readonly File[]): Promise<void> => {
    const texts = await Promise.all(files.map((file) => file.text()));
    set({ text: texts.join('\n') });
  };
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    void open([...event.dataTransfer.files]);
  };
  const needsSegment = question.goal === 'guests' && question.segment === null;
  return (
    <Stack>
      <Text size="sm" c="dimmed" maw={720}>
        {t('import-about')}
      </Text>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: files can be dropped here; the button beside it does the same */}
      <div
        className={style.drop}
        data-over={over}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
      >
        <Textarea
          label={t('import-text')}
          placeholder={t('import-placeholder')}
          className={style.paste ?? ''}
          rows={12}
          spellCheck={false}
          value={question.text}
          onChange={(event) => set({ text: event.currentTarget.value })}
        />
      </div>
      <Group gap="xs">
        <FileButton multiple onChange={(files) => void open(files)}>
          {(props) => (
            <Button variant="default" leftSection={<IconFolderOpen size={18} aria-hidden />} {...props}>
              {t('import-open')}
            </Button>
          )}
        </FileButton>
        <Text size="sm" c="dimmed">
          {t('import-drop')}
        </Text>
      </Group>
      <Radio.Group
        label={t('goal')}
        value={question.goal}
        onChange={(goal) => set({ goal: goal === 'guests' ? 'guests' : 'leases' })}
      >
        <Stack gap={8} mt={6}>
          <Radio value="leases" label={t('goal-leases')} description={t('goal-leases-about')} />
          <Radio value="guests" label={t('goal-guests')} description={t('goal-guests-about')} />
        </Stack>
      </Radio.Group>
      <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }}>
        <Select
          label={t('format')}
          placeholder={t('format-auto')}
          clearable
          data={formats}
          value={question.format}
          onChange={(format) => set({ format })}
        />
        <Select
          label={t('segment')}
          description={t('segment-hint')}
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          placeholder={t('segment-none')}
          clearable
          error={needsSegment ? t('goal-needs-segment') : undefined}
          data={segments.map(({ name }) => name)}
          value={question.segment}
          onChange={(segment) => set({ segment })}
        />
        <TextInput
          label={t('owner')}
          description={t('owner-hint')}
          inputWrapperOrder={['label', 'input', 'description']}
          maxLength={63}
          value={question.owner}
          onChange={(event) => set({ owner: event.currentTarget.value })}
        />
        <TextInput
          label={t('guest')}
          description={t('guest-hint')}
          inputWrapperOrder={['label', 'input', 'description']}
          maxLength={63}
          value={question.guest}
          onChange={(event) => set({ guest: event.currentTarget.value })}
        />
      </SimpleGrid>
      <Group justify="flex-end">
        <Button
          leftSection={<IconListSearch size={18} aria-hidden />}
          loading={loading}
          disabled={question.text.trim() === '' || needsSegment}
          onClick={onRead}
        >
          {t('read')}
        </Button>
      </Group>
    </Stack>
  );
}
