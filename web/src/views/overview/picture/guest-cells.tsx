import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import style from './picture.module.css';
import { cell, cellsInRow, type DrawnGuest } from './picture.ts';

/**
 * A cell for each guest of a crowd, coloured by how it is. For the pointer: who uses the keyboard goes by the names and
 * the table of guests.
 */
export function GuestCells({ guests }: { readonly guests: readonly DrawnGuest[] }) {
  const { t } = useTranslation('overview');
  const navigate = useNavigate();
  const rows = Math.ceil(guests.length / cellsInRow);
  return (
    <svg
      className={style.cells}
      width={cellsInRow * cell}
      height={rows * cell}
      aria-hidden
      onClick={({ target }) => {
        const guest = (target as SVGElement).dataset.guest;
        if (guest !== undefined) void navigate({ to: '/guests/$guest', params: { guest } });
      }}
    >
      {guests.map(({ name, state }, index) => (
        <rect
          key={name}
          data-guest={name}
          data-state={state}
          x={(index % cellsInRow) * cell}
          y={Math.floor(index / cellsInRow) * cell}
          width={cell - 3}
          height={cell - 3}
          rx={3}
        >
          <title>{`${name} · ${t(`state-${state}`)}`}</title>
        </rect>
      ))}
    </svg>
  );
}
