import { Button, CloseButton, Group, Kbd, Select, Text, TextInput } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { IconSearch, IconServer2 } from '@tabler/icons-react';
import { Link, useNavigate } from '@tanstack/react-router';
import { useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMe } from '../../data/me.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { renderCount } from '../../parts/formats.ts';
import { Loading } from '../../parts/loading.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { useSearchTexts } from '../../parts/use-search-text.ts';
import { VirtualTable } from '../../parts/virtual-table.tsx';
import { GuestCard, guestColumns } from './guest-columns.tsx';
import { filterRows, type GuestRow } from './guest-row.ts';
import { useGuestRows } from './use-guest-rows.ts';

const stateFilters = ['plugged', 'waiting', 'unplugged', 'isolated', 'violates', 'rotating'] as const;
/** Milliseconds after the last key that the page's address follows the filter. */
const addressAfter = 400;

const rowId = ({ name }: GuestRow): string => name;
const tone = ({ violates, isolated }: GuestRow): 'bad' | 'warn' | undefined =>
  violates ? 'bad' : isolated === undefined ? undefined : 'warn';
const sorted = (values: Iterable<string>): string[] => [...new Set(values)].sort((a, b) => a.localeCompare(b));

/** All guests: found by any part of a name, address, port or owner. */
export function GuestsView() {
  const { t, i18n } = useTranslation('guests');
  const { rows, hasSessions, leases } = useGuestRows();
  const [{ q = '', segment, owner, state }, setSearch] = useSearchTexts();
  const navigate = useNavigate();
  const [text, setText] = useState(q);
  const input = useRef<HTMLInputElement>(null);
  useHotkeys([['/', () => input.current?.focus()]]);
  useEffect(() => {
    if (text === q) return;
    const timer = setTimeout(() => setSearch({ q: text }), addressAfter);
    return () => clearTimeout(timer);
  }, [text, q, setSearch]);

  const wanted = useDeferredValue(text);
  // A tenant has no way to the site.
  const everything = useMe().owner === undefined;
  const shown = useMemo(
    () => filterRows(rows, { text: wanted, segment, owner, state }),
    [rows, wanted, segment, owner, state],
  );
  const columns = useMemo(() => guestColumns(t, i18n.language, hasSessions), [t, i18n.language, hasSessions]);
  const compact = useMemo(() => (row: GuestRow) => <GuestCard row={row} t={t} />, [t]);
  const segments = useMemo(() => sorted(rows.flatMap((row) => row.segments)), [rows]);
  const owners = useMemo(() => sorted(rows.flatMap((row) => row.owner ?? [])), [rows]);
  const open = ({ name }: GuestRow) => void navigate({ to: '/guests/$guest', params: { guest: name } });
  const all = { language: i18n.language, shown: shown.length, count: rows.length };

  if (leases.isPending) return <Loading />;
  return (
    <>
      <PageHead
        title={t('title')}
        about={
          rows.length === 0
            ? undefined
            : shown.length === rows.length
              ? t('count', { count: all.count, text: renderCount(all.count, all.language) })
              : t('shown', { shown: renderCount(all.shown, all.language), all: renderCount(all.count, all.language) })
        }
      />
      {leases.error && <ProblemNotice error={leases.error} onRetry={() => void leases.refetch()} />}
      {rows.length === 0 && !leases.error ? (
        <EmptyState
          icon={IconServer2}
          title={t('none')}
          actions={everything && <Button renderRoot={(props) => <Link to="/site" {...props} />}>{t('to-site')}</Button>}
        >
          {t(everything ? 'none-next' : 'none-next-tenant')}
        </EmptyState>
      ) : (
        <>
          <Group gap="xs" mb="sm" wrap="wrap">
            <TextInput
              ref={input}
              flex="1 1 240px"
              leftSection={<IconSearch size={16} aria-hidden />}
              rightSection={
                text === '' ? (
                  <Kbd size="xs">/</Kbd>
                ) : (
                  <CloseButton aria-label={t('clear')} onClick={() => setText('')} />
                )
              }
              placeholder={t('find')}
              aria-label={t('find')}
              value={text}
              onChange={(event) => setText(event.currentTarget.value)}
              onKeyDown={(event) => {
                const [first] = shown;
                if (event.key === 'Enter' && first) open(first);
                if (event.key === 'Escape') setText('');
              }}
            />
            <Select
              flex="0 1 150px"
              placeholder={t('any-segment')}
              aria-label={t('segment')}
              data={segments}
              value={segment ?? null}
              onChange={(value) => setSearch({ segment: value ?? undefined })}
              clearable
              searchable
            />
            {owners.length > 0 && (
              <Select
                flex="0 1 150px"
                placeholder={t('any-owner')}
                aria-label={t('owner')}
                data={owners}
                value={owner ?? null}
                onChange={(value) => setSearch({ owner: value ?? undefined })}
                clearable
                searchable
              />
            )}
            <Select
              flex="0 1 150px"
              placeholder={t('any-state')}
              aria-label={t('state')}
              data={stateFilters.map((value) => ({ value, label: t(value) }))}
              value={state ?? null}
              onChange={(value) => setSearch({ state: value ?? undefined })}
              clearable
            />
          </Group>
          <VirtualTable
            label={t('title')}
            rows={shown}
            columns={columns}
            rowId={rowId}
            firstSort={{ key: 'name' }}
            compact={compact}
            tone={tone}
            onOpen={open}
            nothing={<Text size="sm">{t('nothing-found')}</Text>}
          />
        </>
      )}
    </>
  );
}
