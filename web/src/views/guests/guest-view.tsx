import { useParams } from '@tanstack/react-router';
import { PageHead } from '../../parts/page-head.tsx';

/** One guest: /guests/NAME. */
export function GuestView() {
  const { guest } = useParams({ from: '/guests/$guest' });
  return <PageHead title={guest} />;
}
