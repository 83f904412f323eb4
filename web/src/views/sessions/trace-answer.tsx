import { Badge, Group, List, Paper, Stack, Table, Text, Title } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { TraceAnswer, TracedParty, TracedSession } from '../../../../src/client/trace.ts';
import { renderBytes, renderPlace } from '../../parts/formats.ts';
import { exactTime } from '../../parts/moment.tsx';
import style from './sessions.module.css';

const colours = { kept: 'green', gap: 'yellow', none: 'gray' } as const;

const wordsOf = ({ kind, guests, inner }: TracedParty): string =>
  guests.length > 0 ? `${guests.join(' / ')} (${renderPlace(inner)})` : `${kind} ${renderPlace(inner)}`;

function Session({ session }: { readonly session: TracedSession }) {
  const { i18n } = useTranslation('sessions');
  const { protocol, from, to, begin, end, bytesSent, bytesReceived } = session;
  const bytes = (count: number | undefined): string => (count === undefined ? '–' : renderBytes(count, i18n.language));
  return (
    <Table.Tr>
      <Table.Td>{protocol.toUpperCase()}</Table.Td>
      <Table.Td className="mono">{wordsOf(from)}</Table.Td>
      <Table.Td className="mono">{wordsOf(to)}</Table.Td>
      <Table.Td>{begin === undefined ? '–' : exactTime(begin)}</Table.Td>
      <Table.Td>{end === undefined ? '…' : exactTime(end)}</Table.Td>
      <Table.Td>{`${bytes(bytesSent)} / ${bytes(bytesReceived)}`}</Table.Td>
    </Table.Tr>
  );
}

/** An answer to "who was it", with what it is known from. */
export function TraceAnswerView({ answer }: { readonly answer: TraceAnswer }) {
  const { t } = useTranslation('sessions');
  const { sentence, verdict, guests, sessions, log, notes, truncated } = answer;
  return (
    <Stack gap="md">
      <Paper className={style.answer ?? ''} data-verdict={verdict}>
        <Title order={2} mb={6}>
          {sentence}
        </Title>
        <Group gap="xs">
          <Badge>{t(`verdict-${verdict}`)}</Badge>
          <Badge color={colours[log.state]}>{t(`log-${log.state}`)}</Badge>
          {log.why !== undefined && (
            <Text size="xs" c="dimmed">
              {log.why}
            </Text>
          )}
        </Group>
      </Paper>
      {guests.map((guest) => (
        <Paper key={`${guest.guest} ${guest.since}`} className={style.hit ?? ''}>
          <Group gap="xs" mb={4}>
            <Link to="/guests/$guest" params={{ guest: guest.guest }} className={style.guest}>
              {guest.guest}
            </Link>
            {guest.owner !== undefined && <Badge color="gray">{guest.owner}</Badge>}
            <Text size="xs" c="dimmed">
              {t('known-from', { sources: guest.sources.map((source) => t(`source-${source}`)).join(', ') })}
              {guest.by !== undefined && ` · ${guest.by}`}
            </Text>
          </Group>
          <List size="sm">
            {guest.nics.map((nic) => (
              <List.Item key={nic.nic}>
                <span className="mono">
                  {[nic.nic, nic.segment, ...nic.macs.map(({ mac }) => mac), nic.ipv4, nic.ipv6]
                    .filter(Boolean)
                    .join(' · ')}
                </span>
              </List.Item>
            ))}
          </List>
          {guest.since !== undefined && (
            <Text size="xs" c="dimmed" mt={4}>
              {`${exactTime(guest.since)} – ${guest.until === undefined ? t('now') : exactTime(guest.until)}`}
            </Text>
          )}
        </Paper>
      ))}
      {sessions.length > 0 && (
        <Paper className={style.hit ?? ''}>
          <Title order={3} mb="xs">
            {t('sessions-then')}
          </Title>
          <Table.ScrollContainer minWidth={680}>
            <Table fz="sm">
              <Table.Thead>
                <Table.Tr>
                  {(['protocol', 'from', 'to', 'began', 'ended-at', 'sent-received'] as const).map((head) => (
                    <Table.Th key={head}>{t(head)}</Table.Th>
                  ))}
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {sessions.map((session) => (
                  <Session key={`${session.begin} ${wordsOf(session.from)} ${wordsOf(session.to)}`} session={session} />
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
          {truncated && (
            <Text size="xs" c="dimmed">
              {t('truncated')}
            </Text>
          )}
        </Paper>
      )}
      {notes.length > 0 && (
        <List size="sm" c="dimmed">
          {notes.map((note) => (
            <List.Item key={note}>{note}</List.Item>
          ))}
        </List>
      )}
    </Stack>
  );
}
