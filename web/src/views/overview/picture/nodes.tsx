import { IconAlertTriangle, IconLock, IconNetwork, IconRouter, IconWorld } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { Handle, type NodeProps, Position } from '@xyflow/react';
import { useTranslation } from 'react-i18next';
import { useMe } from '../../../data/me.ts';
import { renderCount } from '../../../parts/formats.ts';
import { GuestCells } from './guest-cells.tsx';
import style from './picture.module.css';
import type { CrowdNode, GuestNode, SegmentNode, SharedNode, WorldNode } from './picture.ts';
import { RateText } from './rate-text.tsx';

/** Red guests of a crowd that are named. */
const mostNamed = 4;

interface EndsProps {
  readonly upright: boolean;
  /** From above, in a tree: under the world stands nothing but the shared address. */
  readonly below?: boolean;
  readonly into?: boolean;
  readonly out?: boolean;
}

/** Pixels from the left edge of a box at which lines of a tree leave it downwards. */
const trunk = 18;

/** Where lines begin and end. */
function Ends({ upright, below = false, into = false, out = false }: EndsProps) {
  const shared = { className: style.end ?? '', isConnectable: false };
  const down = upright && !below ? { style: { left: trunk } } : {};
  return (
    <>
      {into && <Handle type="target" position={upright && below ? Position.Top : Position.Left} {...shared} />}
      {out && <Handle type="source" position={upright ? Position.Bottom : Position.Right} {...shared} {...down} />}
    </>
  );
}

export function WorldBox({ data }: NodeProps<WorldNode>) {
  const { t } = useTranslation('overview');
  return (
    <div className={style.world}>
      <Ends upright={data.upright} below out />
      <IconWorld size={26} stroke={1.5} aria-hidden />
      <span>{t('world')}</span>
    </div>
  );
}

export function SharedBox({ data: { status, upright } }: NodeProps<SharedNode>) {
  const { t, i18n } = useTranslation('overview');
  const { uplink, forwards } = status;
  const everything = useMe().owner === undefined;
  return (
    // A tenant gets no way to the ports of all others.
    <Link to={everything ? '/addresses' : '/guests'} className={style.shared}>
      {/* In a tree lines come from above and go down at its left. */}
      <Ends upright={upright} below into />
      <Ends upright={upright} out />
      <IconRouter size={22} stroke={1.6} aria-hidden />
      <span className={style.words}>
        <span className={style.name}>{uplink?.ipv4 ?? t(everything ? 'no-shared-address' : 'shared-address')}</span>
        {uplink?.ipv6 !== undefined && <span className={style.fine}>{uplink.ipv6}</span>}
        <span className={style.fine}>
          {[
            everything && uplink?.interface,
            t('forwards', { count: forwards, number: renderCount(forwards, i18n.language) }),
          ]
            .filter(Boolean)
            .join(' · ')}
        </span>
      </span>
    </Link>
  );
}

export function SegmentBox({ data }: NodeProps<SegmentNode>) {
  const { t, i18n } = useTranslation('overview');
  return (
    <div className={style.segment} data-bad={data.bad || undefined}>
      <Ends upright={data.upright} into out={data.nics > 0} />
      <IconNetwork size={20} stroke={1.6} aria-hidden />
      <span className={style.words}>
        <span className={style.name}>{data.name}</span>
        <span className={style.fine}>
          {`${data.subnet} · ${t('nics', { count: data.nics, number: renderCount(data.nics, i18n.language) })}`}
        </span>
      </span>
      <RateText rate={data.rate} />
    </div>
  );
}

export function GuestBox({ data: { guest, upright } }: NodeProps<GuestNode>) {
  const { t } = useTranslation('overview');
  return (
    <Link to="/guests/$guest" params={{ guest: guest.name }} className={style.guest} data-state={guest.state}>
      <Ends upright={upright} into />
      <span className={style.dot} aria-hidden />
      <span className={style.words}>
        <span className={style.name}>{guest.name}</span>
        <span className={style.fine}>{guest.state === 'good' ? guest.address : t(`state-${guest.state}`)}</span>
      </span>
      {guest.state === 'violating' && <IconAlertTriangle size={18} aria-hidden />}
      {guest.state === 'isolated' && <IconLock size={16} aria-hidden />}
      {guest.state !== 'violating' && <RateText rate={guest.rate} />}
    </Link>
  );
}

export function CrowdBox({ data }: NodeProps<CrowdNode>) {
  const { t, i18n } = useTranslation('overview');
  const count = data.guests.length > 0 ? data.guests.length : data.nics;
  const number = renderCount(count, i18n.language);
  return (
    <div className={style.crowd} data-bad={data.bad.length > 0 || undefined}>
      <Ends upright={data.upright} into />
      <Link to="/guests" className={style.name}>
        {data.guests.length > 0 ? t('guests', { count, number }) : t('nics', { count, number })}
      </Link>
      {data.bad.length === 0 ? (
        <span className={style.fine}>{t('nobody-violates')}</span>
      ) : (
        <span className={style.badNames}>
          <IconAlertTriangle size={14} aria-label={t('state-violating')} />
          {data.bad.slice(0, mostNamed).map((name) => (
            <Link key={name} to="/guests/$guest" params={{ guest: name }}>
              {name}
            </Link>
          ))}
          {data.bad.length > mostNamed && <span>{t('more', { count: data.bad.length - mostNamed })}</span>}
        </span>
      )}
      {data.guests.length > 0 && <GuestCells guests={data.guests} />}
    </div>
  );
}
