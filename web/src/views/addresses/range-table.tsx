import { TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { TFunction } from 'i18next';
import { useDeferredValue, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { SharedPortRange } from '../../../../src/client/shared-ports.ts';
import { renderPorts } from '../../parts/formats.ts';
import { Moment } from '../../parts/moment.tsx';
import type { Column } from '../../parts/table-columns.ts';
import { VirtualTable } from '../../parts/virtual-table.tsx';
import style from './addresses.module.css';

const rowId = (range: SharedPortRange): string =>
  `${range.kind} ${range.protocol ?? ''} ${range.first}-${range.last} ${range.guest ?? ''}`;

function Kind({ range, t }: { readonly range: SharedPortRange; readonly t: TFunction<'addresses'> }) {
  return (
    <>
      <span className={style.swatch} data-kind={range.kind} aria-hidden /> {t(`kind-${range.kind}`)}
    </>
  );
}

function Whose({ range }: { readonly range: SharedPortRange }) {
  const { guest, nic, to, name } = range;
  if (guest === undefined) return name ?? '–';
  return (
    <>
      <Link to="/guests/$guest" params={{ guest }} className={style.guest}>
        {nic === undefined ? guest : `${guest}/${nic}`}
      </Link>
      {to !== undefined && `:${to}`}
    </>
  );
}

function columnsOf(t: TFunction<'addresses'>): readonly Column<SharedPortRange>[] {
  return [
    {
      key: 'ports',
      head: t('ports'),
      width: 'minmax(110px, 0.7fr)',
      value: ({ first }) => first,
      cell: (range) => <span className="mono">{renderPorts(range)}</span>,
    },
    {
      key: 'protocol',
      head: t('protocol'),
      width: '90px',
      value: ({ protocol }) => protocol,
      cell: ({ protocol }) => protocol?.toUpperCase() ?? 'TCP, UDP',
    },
    {
      key: 'kind',
      head: t('use'),
      width: 'minmax(150px, 1fr)',
      value: ({ kind }) => kind,
      cell: (range) => <Kind range={range} t={t} />,
    },
    {
      key: 'guest',
      head: t('guest'),
      width: 'minmax(140px, 1.2fr)',
      value: ({ guest, name }) => guest ?? name,
      cell: (range) => <Whose range={range} />,
    },
    {
      key: 'owner',
      head: t('owner'),
      width: 'minmax(90px, 0.7fr)',
      from: 760,
      value: ({ owner }) => owner,
      cell: ({ owner }) => owner ?? '–',
    },
    {
      key: 'since',
      head: t('since-head'),
      width: 'minmax(110px, 0.8fr)',
      from: 640,
      value: ({ since }) => since,
      cell: ({ since }) => (since === undefined ? '–' : <Moment at={since} />),
    },
  ];
}

/** The same as the map, as a list that can be searched and sorted. */
export function RangeTable({
  ranges,
  onOpen,
}: {
  readonly ranges: readonly SharedPortRange[];
  readonly onOpen: (range: SharedPortRange) => void;
}) {
  const { t } = useTranslation('addresses');
  const [text, setText] = useState('');
  const wanted = useDeferredValue(text).trim().toLowerCase();
  const columns = useMemo(() => columnsOf(t), [t]);
  const compact = useMemo(
    () => (range: SharedPortRange) => (
      <>
        <span className="mono">{renderPorts(range)}</span> <Whose range={range} />
        <br />
        <Kind range={range} t={t} />
      </>
    ),
    [t],
  );
  const shown = useMemo(() => {
    if (wanted === '') return ranges;
    const port = /^\d+$/.test(wanted) ? Number(wanted) : undefined;
    return ranges.filter(
      ({ first, last, guest, owner, name }) =>
        (port !== undefined && first <= port && last >= port) ||
        [guest, owner, name].some((value) => value?.toLowerCase().includes(wanted)),
    );
  }, [ranges, wanted]);
  return (
    <>
      <TextInput
        mb={0}
        maw={360}
        leftSection={<IconSearch size={16} aria-hidden />}
        placeholder={t('find-range')}
        aria-label={t('find-range')}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <VirtualTable
        label={t('shared')}
        rows={shown}
        columns={columns}
        rowId={rowId}
        firstSort={{ key: 'ports' }}
        compact={compact}
        onOpen={onOpen}
        nothing={t('no-range')}
        height="max(320px, calc(100dvh - 340px))"
      />
    </>
  );
}
