import type { Box } from "./cards.ts";

/** Whether two boxes have any area in common; touching is none. */
export function overlap(one: Box, other: Box): boolean {
  return (
    one.x < other.x + other.width &&
    other.x < one.x + one.width &&
    one.y < other.y + other.height &&
    other.y < one.y + one.height
  );
}

export function boxAround({ x, y }: { readonly x: number; readonly y: number }, width: number, height: number): Box {
  return { x: x - width / 2, y: y - height / 2, width, height };
}

/** The box with space around it on all sides. */
export const grown = ({ x, y, width, height }: Box, by: number): Box => ({
  x: x - by,
  y: y - by,
  width: width + 2 * by,
  height: height + 2 * by,
});

export const middleOf = ({ x, y, width, height }: Box) => ({ x: x + width / 2, y: y + height / 2 });

/** Boxes by where they are, so that a new one is compared with its neighbours only. */
export function boxIndex(cell: number): { readonly add: (box: Box) => void; readonly hits: (box: Box) => boolean } {
  const cells = new Map<string, Box[]>();
  const cellsOf = ({ x, y, width, height }: Box) => {
    const keys: string[] = [];
    for (let column = Math.floor(x / cell); column * cell < x + width; column += 1) {
      for (let row = Math.floor(y / cell); row * cell < y + height; row += 1) {
        keys.push(`${column}:${row}`);
      }
    }
    return keys;
  };
  return {
    add(box) {
      for (const key of cellsOf(box)) {
        const known = cells.get(key);
        if (known === undefined) {
          cells.set(key, [box]);
        } else {
          known.push(box);
        }
      }
    },
    hits: (box) => cellsOf(box).some((key) => cells.get(key)?.some((other) => overlap(box, other))),
  };
}
