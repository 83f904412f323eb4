import { Button, Group, Select, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconX } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { SessionFilter } from '../../../../src/client/sessions.ts';
import { useMay } from '../../data/me.ts';
import { useSearchTexts } from '../../parts/use-search-text.ts';
import { EndSessions } from './end-sessions.tsx';
import { SessionTable } from './session-table.tsx';

const directions = ['out', 'in', 'between', 'to-host', 'from-host'] as const;
const states = ['established', 'half-open', 'time-wait', 'unreplied', 'replied', 'assured'] as const;
const fields = ['guest', 'peer', 'port'] as const;

/** Milliseconds after the last key before the daemon is asked. */
const askAfter = 350;

/** The filter as the API takes it. What cannot be one yet, such as half a port, is left out. */
function filterOf(texts: Readonly<Record<string, string | undefined>>): SessionFilter {
  const { guest, peer, port, protocol, state, direction } = texts;
  const number = Number(port);
  return {
    ...(guest ? { guest } : {}),
    ...(peer ? { peer } : {}),
    ...(port && Number.isInteger(number) && number >= 0 && number <= 65_535 ? { port: number } : {}),
    ...(protocol ? { protocol } : {}),
    ...(state ? { state } : {}),
    ...(direction ? { direction: direction as (typeof directions)[number] } : {}),
  };
}

/** Open sessions, narrowed by their ends. */
export function LiveSessions() {
  const { t } = useTranslation('sessions');
  const [search, setSearch] = useSearchTexts();
  const [texts, setTexts] = useState(() => ({
    guest: search.guest ?? '',
    peer: search.peer ?? '',
    port: search.port ?? '',
  }));
  const [asked] = useDebouncedValue(texts, askAfter);
  const [ending, setEnding] = useState(false);
  const mayEnd = useMay('operator');
  const filter = filterOf({ ...search, ...asked });
  const isNarrowed = Object.keys(filter).length > 0;
  const choice = (name: 'protocol' | 'state' | 'direction', data: { value: string; label: string }[]) => (
    <Select
      key={name}
      flex="0 1 140px"
      placeholder={t(`any-${name}`)}
      aria-label={t(name)}
      data={data}
      value={search[name] ?? null}
      onChange={(value) => setSearch({ [name]: value ?? undefined })}
      clearable
    />
  );
  return (
    <>
      <Group gap="xs" mb="sm">
        {fields.map((name) => (
          <TextInput
            key={name}
            flex={name === 'port' ? '0 1 110px' : '1 1 150px'}
            placeholder={t(name)}
            aria-label={t(name)}
            value={texts[name]}
            inputMode={name === 'port' ? 'numeric' : 'text'}
            onChange={(event) => setTexts({ ...texts, [name]: event.currentTarget.value.trim() })}
            onBlur={() => setSearch(texts)}
          />
        ))}
        {choice(
          'protocol',
          ['tcp', 'udp', 'icmp'].map((value) => ({ value, label: value.toUpperCase() })),
        )}
        {choice(
          'direction',
          directions.map((value) => ({ value, label: t(`direction-${value}`) })),
        )}
        {choice(
          'state',
          states.map((value) => ({ value, label: value })),
        )}
        {mayEnd && (
          <Button
            variant="default"
            disabled={!isNarrowed}
            title={isNarrowed ? undefined : t('narrow-first')}
            leftSection={<IconX size={15} aria-hidden />}
            onClick={() => setEnding(true)}
          >
            {t('end')}
          </Button>
        )}
      </Group>
      <SessionTable filter={filter} />
      {ending && <EndSessions filter={filter} onClose={() => setEnding(false)} />}
    </>
  );
}
