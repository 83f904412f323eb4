/** Views that a way leads to without further words. */
export type ViewPath = '/' | '/guests' | '/addresses' | '/sessions' | '/alerts' | '/site' | '/history' | '/audit';
