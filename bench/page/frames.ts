import type { Page } from 'playwright-core';

/** How steadily a page is drawn. Milliseconds. */
export interface FrameTimes {
  /** Between two frames, in no order. */
  readonly intervals: readonly number[];
  /** Times for which a script held the page up for more than 50 ms (Long Tasks API of W3C). */
  readonly longTasks: readonly number[];
}

/**
 * Times of the frames in which the page is drawn during `milliseconds`. With `scroll`, the element of that selector is
 * scrolled by so many pixels in each frame, down and up again.
 */
export function watchFrames(
  page: Page,
  milliseconds: number,
  scroll?: { readonly selector: string; readonly pixels: number },
): Promise<FrameTimes> {
  // As text: this program knows nothing of documents, the browser everything.
  return page.evaluate(`(${measure})(${JSON.stringify({ milliseconds, scroll })})`);
}

const measure = `async ({ milliseconds, scroll }) => {
  const element = scroll === undefined ? null : document.querySelector(scroll.selector);
  if (scroll !== undefined && element === null) throw new Error('there is no ' + scroll.selector + ' to scroll');
  const longTasks = [];
  const watcher = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) longTasks.push(duration);
  });
  watcher.observe({ entryTypes: ['longtask'] });
  const intervals = [];
  let step = scroll?.pixels ?? 0;
  await new Promise((resolve) => {
    const began = performance.now();
    let last = began;
    const frame = () => {
      // Not the time that the browser says: that is when the frame was due.
      const now = performance.now();
      if (now > last) intervals.push(now - last);
      last = now;
      if (element !== null) {
        const before = element.scrollTop;
        element.scrollTop += step;
        if (element.scrollTop === before) step = -step;
      }
      if (now - began < milliseconds) requestAnimationFrame(frame);
      else resolve();
    };
    requestAnimationFrame(frame);
  });
  watcher.disconnect();
  return { intervals: intervals.slice(1), longTasks };
}`;
