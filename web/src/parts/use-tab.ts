import { useLocation, useNavigate } from '@tanstack/react-router';

/** Which tab of a view is open: it stands in the address behind `#`, so that a link leads there. The first unless it says so. */
export function useTab<const T extends string>(tabs: readonly [T, ...T[]]): readonly [T, (tab: string | null) => void] {
  const hash = useLocation({ select: ({ hash: text }) => text });
  const navigate = useNavigate();
  const tab = tabs.find((name) => name === hash) ?? tabs[0];
  const open = (name: string | null): void => {
    if (name !== null) void navigate({ to: '.', hash: name === tabs[0] ? '' : name, replace: true });
  };
  return [tab, open];
}
