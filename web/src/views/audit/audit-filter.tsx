import { ActionIcon, MultiSelect, TextInput } from '@mantine/core';
import { IconFilterOff, IconSearch } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { AuditQuery } from '../../../../src/client/audit.ts';
import style from './audit.module.css';

/** Kinds of entries that are often asked for; others are found by their text. */
const kinds = [
  ...['apply', 'confirm', 'rollback', 'destroy', 'put', 'remove', 'attach', 'detach', 'lease', 'release', 'import'],
  ...['rotate', 'resolve', 'isolation', 'mirror', 'capture', 'kill', 'trace', 'explain', 'access', 'login', 'alert'],
  ...['violation', 'storm', 'conflict', 'drift', 'repair', 'service', 'clock', 'erase', 'retention'],
].sort();

/** What is typed into the filter; times as `datetime-local` has them. */
export interface Filter {
  readonly text: string;
  readonly kinds: readonly string[];
  readonly who: string;
  readonly since: string;
  readonly until: string;
}

export const noFilter: Filter = { text: '', kinds: [], who: '', since: '', until: '' };

/** The filter as the API takes it. */
export function queryOfFilter({ text, kinds: wanted, who, since, until }: Filter): AuditQuery {
  const [from, to] = [Date.parse(since), Date.parse(until)];
  return {
    ...(text.trim() === '' ? {} : { text: text.trim() }),
    ...(wanted.length === 0 ? {} : { kinds: wanted }),
    ...(who.trim() === '' ? {} : { who: who.trim() }),
    ...(Number.isNaN(from) ? {} : { since: from }),
    ...(Number.isNaN(to) ? {} : { until: to }),
  };
}

interface Props {
  readonly filter: Filter;
  readonly onChange: (filter: Filter) => void;
}

/** What of the journal is shown. */
export function AuditFilter({ filter, onChange }: Props) {
  const { t } = useTranslation('audit');
  const set = (part: Partial<Filter>): void => onChange({ ...filter, ...part });
  const isEmpty = JSON.stringify(filter) === JSON.stringify(noFilter);
  return (
    <div className={style.filter}>
      <TextInput
        label={t('search')}
        leftSection={<IconSearch size={16} aria-hidden />}
        value={filter.text}
        maxLength={200}
        onChange={(event) => set({ text: event.currentTarget.value })}
      />
      <MultiSelect
        label={t('kinds')}
        {...(filter.kinds.length === 0 ? { placeholder: t('all-kinds') } : {})}
        data={kinds}
        value={[...filter.kinds]}
        onChange={(value) => set({ kinds: value })}
        searchable
        clearable
      />
      <TextInput
        label={t('who')}
        placeholder={t('anybody')}
        value={filter.who}
        maxLength={64}
        onChange={(event) => set({ who: event.currentTarget.value })}
      />
      <TextInput
        type="datetime-local"
        label={t('since')}
        value={filter.since}
        onChange={(event) => set({ since: event.currentTarget.value })}
      />
      <TextInput
        type="datetime-local"
        label={t('until')}
        value={filter.until}
        onChange={(event) => set({ until: event.currentTarget.value })}
      />
      {!isEmpty && (
        <ActionIcon
          variant="default"
          size={36}
          aria-label={t('clear')}
          title={t('clear')}
          onClick={() => onChange(noFilter)}
        >
          <IconFilterOff size={18} />
        </ActionIcon>
      )}
    </div>
  );
}
