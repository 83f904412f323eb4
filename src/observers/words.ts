const figures = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 });

/** `4,012 of 5,000 sessions`. */
export function renderShare(part: number, whole: number, what: string): string {
  return `${figures.format(part)} of ${figures.format(whole)} ${what}`;
}

/** `85.3 %`. */
export function renderPercent(share: number): string {
  return `${figures.format(share * 100)} %`;
}

/** `3 ports`, `1 port`. */
export function renderCount(count: number, one: string, many = `${one}s`): string {
  return `${figures.format(count)} ${count === 1 ? one : many}`;
}

/** Binary, as memory is counted: `3.2 GiB`. */
export function renderMemory(bytes: number): string {
  return `${figures.format(bytes / 2 ** 30)} GiB`;
}
