import type { Pixel } from './pixels.ts';

/** How cells lie in a map. Pixels are those of the page. */
export interface Grid {
  readonly count: number;
  readonly columns: number;
  readonly width: number;
  readonly cellHeight: number;
}

export const rowsOf = ({ count, columns }: Pick<Grid, 'count' | 'columns'>): number => Math.ceil(count / columns);

/** Place and size of one cell. */
export function boxOf(index: number, { columns, width, cellHeight }: Grid): [number, number, number, number] {
  const cellWidth = width / columns;
  return [(index % columns) * cellWidth, Math.floor(index / columns) * cellHeight, cellWidth, cellHeight];
}

/** The cell at a place; undefined beside the last one. */
export function cellAt(x: number, y: number, { count, columns, width, cellHeight }: Grid): number | undefined {
  const column = Math.min(columns - 1, Math.max(0, Math.floor((x / width) * columns)));
  const index = Math.floor(Math.max(0, y) / cellHeight) * columns + column;
  return index < count ? index : undefined;
}

/** Gaps between cells are drawn from this size on. */
const gapFrom = 7;

/**
 * Draws a pixel for each cell, and then all of them larger at once: 65,536 cells take a millisecond. `gap` is the colour
 * between cells that are large enough to be told apart.
 */
export function drawCells(canvas: HTMLCanvasElement, grid: Grid, colours: Uint32Array, gap: string): void {
  const { count, columns, width, cellHeight } = grid;
  const rows = rowsOf(grid);
  const ratio = devicePixelRatio;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(rows * cellHeight * ratio);
  const context = canvas.getContext('2d');
  if (context === null || count === 0 || canvas.width === 0) return;
  const small = new OffscreenCanvas(columns, rows);
  const image = new ImageData(columns, rows);
  new Uint32Array(image.data.buffer).set(colours.subarray(0, count));
  small.getContext('2d')?.putImageData(image, 0, 0);
  context.imageSmoothingEnabled = false;
  context.clearRect(0, 0, canvas.width, canvas.height);
  context.drawImage(small, 0, 0, canvas.width, canvas.height);
  if (Math.min(width / columns, cellHeight) < gapFrom) return;
  context.fillStyle = gap;
  for (let column = 0; column <= columns; column++)
    context.fillRect(Math.round((column * width * ratio) / columns) - 1, 0, 1, canvas.height);
  for (let row = 0; row <= rows; row++) context.fillRect(0, Math.round(row * cellHeight * ratio) - 1, canvas.width, 1);
}

/** Draws a frame around a cell that is chosen or pointed at. */
export function drawFrame(canvas: HTMLCanvasElement, grid: Grid, index: number, colour: Pixel | string): void {
  const context = canvas.getContext('2d');
  if (context === null) return;
  const ratio = devicePixelRatio;
  const [x, y, cellWidth, cellHeight] = boxOf(index, grid);
  // A cell of two pixels could not be seen: its frame stands around it.
  const room = Math.max(0, (7 - Math.min(cellWidth, cellHeight)) / 2);
  context.lineWidth = 2 * ratio;
  context.strokeStyle = String(colour);
  context.strokeRect(
    (x - room) * ratio,
    (y - room) * ratio,
    (cellWidth + 2 * room) * ratio,
    (cellHeight + 2 * room) * ratio,
  );
}
