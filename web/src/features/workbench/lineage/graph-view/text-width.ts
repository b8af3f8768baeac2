/** The width of a text, as a multiple of its font size. */
export type TextWidth = (text: string, isBold: boolean) => number;

/** The font of the graph; the same in Cytoscape's style. */
export const graphFont = "Inter Variable, sans-serif";
export const boldWeight = 600;

const maxKnown = 20_000;
/** Large, so that hinting does not distort the measured widths. */
const measuredAt = 100;

/** Measures with a canvas, each text once. */
export function canvasTextWidth(): TextWidth {
  const context = document.createElement("canvas").getContext("2d");
  if (context === null) {
    return averageTextWidth;
  }
  const known = new Map<string, number>();
  return (text, isBold) => {
    const key = `${isBold ? "b" : "n"}${text}`;
    const before = known.get(key);
    if (before !== undefined) {
      return before;
    }
    if (known.size >= maxKnown) {
      known.clear();
    }
    context.font = `${isBold ? boldWeight : 400} ${measuredAt}px ${graphFont}`;
    const width = context.measureText(text).width / measuredAt;
    known.set(key, width);
    return width;
  };
}

/** Where nothing can be measured: rather too wide than too narrow. */
export const averageTextWidth: TextWidth = (text, isBold) => text.length * (isBold ? 0.62 : 0.58);

/**
 * The text, or as much of its beginning and end as fits with an ellipsis between them; undefined when not even three
 * characters do.
 */
export function shortened(text: string, fits: (text: string) => boolean): string | undefined {
  if (fits(text)) {
    return text;
  }
  const characters = [...text];
  const withKept = (count: number) =>
    `${characters.slice(0, Math.ceil(count / 2)).join("")}…${count < 2 ? "" : characters.slice(-Math.floor(count / 2)).join("")}`;
  let [fitting, tooLong] = [0, characters.length];
  while (tooLong - fitting > 1) {
    const middle = (fitting + tooLong) >> 1;
    [fitting, tooLong] = fits(withKept(middle)) ? [middle, tooLong] : [fitting, middle];
  }
  return fitting < 3 ? undefined : withKept(fitting);
}
