import { Select } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { LeaseView } from '../../../../../src/client/client.ts';

interface Props {
  readonly nics: readonly LeaseView[];
  /** Absent: all of them. */
  readonly value: number | undefined;
  readonly onChange: (nic: number | undefined) => void;
  /** Whether all of them can be chosen. */
  readonly all?: boolean;
}

/** Which NIC of a guest; nothing to choose where it has one. */
export function NicSelect({ nics, value, onChange, all = false }: Props) {
  const { t } = useTranslation('guests');
  if (nics.length < 2) return null;
  const each = nics.map(({ guest, nic, segment, ipv4 }) => ({
    value: String(nic),
    label: `${guest}/${nic} · ${segment} · ${ipv4}`,
  }));
  return (
    <Select
      label={t('nic')}
      data={all ? [{ value: 'all', label: t('all-nics') }, ...each] : each}
      value={value === undefined ? 'all' : String(value)}
      onChange={(next) => onChange(next === null || next === 'all' ? undefined : Number(next))}
      allowDeselect={false}
    />
  );
}
