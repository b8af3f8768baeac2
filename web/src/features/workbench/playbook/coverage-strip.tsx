import type { QueryRun } from "#contracts/query-run";
import { Moment } from "../../../ui/time.tsx";
import classes from "./coverage-strip.module.css";

/** Lanes that are drawn; the others are counted, and the table of data sources has them all. */
const MOST_LANES = 4;

/** Units of the drawing, which is as wide as the card. */
const WIDTH = 1000;
const HEIGHT = 10;
/** Anything that is covered is visible. */
const THINNEST = 2;

type Lane = QueryRun["windowCoverage"]["lanes"][number];

/** For which part of its window the data would have shown a hit, with the event and what stopped the sensors. */
export function CoverageStrip({ run }: { readonly run: QueryRun }) {
  const { lanes } = run.windowCoverage;
  if (lanes.length === 0) {
    return null;
  }
  const shown = lanes.slice(0, MOST_LANES);
  const height = shown.length * HEIGHT;
  const { from, to, at } = run.window;
  const x = scale(Date.parse(from), Date.parse(to));
  const text = `${shareText(run.windowCoverage.share)} ${sentence(run.windowCoverage.text)}`;
  return (
    <figure className={classes.figure}>
      <ol className={classes.labels} aria-hidden>
        {shown.map(({ label }) => (
          <li key={label} title={label}>
            {label}
          </li>
        ))}
      </ol>
      <svg
        role="img"
        aria-label={text}
        className={classes.strip}
        data-lanes={shown.length}
        viewBox={`0 0 ${WIDTH} ${height}`}
        preserveAspectRatio="none"
      >
        <title>{text}</title>
        {shown.map((lane, index) => (
          <LaneParts key={lane.label} lane={lane} top={index * HEIGHT} x={x} />
        ))}
        {run.windowCoverage.stops.map((stop) => (
          <line
            key={`${stop.at} ${stop.host} ${stop.what}`}
            data-part="stop"
            x1={x(stop.at)}
            x2={x(stop.at)}
            y1={0}
            y2={height}
          />
        ))}
        <line data-part="event" x1={x(at)} x2={x(at)} y1={0} y2={height} />
      </svg>
    </figure>
  );
}

function LaneParts({
  lane,
  top,
  x,
}: {
  readonly lane: Lane;
  readonly top: number;
  readonly x: (iso: string) => number;
}) {
  return (
    <>
      <rect data-part="window" x={0} y={top + 1} width={WIDTH} height={HEIGHT - 2} />
      {lane.covered.map(({ from, to }) => (
        <rect
          key={from}
          data-part="covered"
          x={x(from)}
          y={top + 1}
          width={Math.max(THINNEST, x(to) - x(from))}
          height={HEIGHT - 2}
        />
      ))}
    </>
  );
}

/** The window in one line, with the part of it that has data, and lanes that are not drawn. */
export function CoverageSummary({ run }: { readonly run: QueryRun }) {
  const hidden = run.windowCoverage.lanes.length - MOST_LANES;
  return (
    <>
      {shareText(run.windowCoverage.share)}{" "}
      {hidden > 0 && `${hidden} more ${hidden === 1 ? "source is" : "sources are"} not drawn. `}
      {run.window.text}
    </>
  );
}

/** The gaps of the window with their reasons, and what stopped the sensors. */
export function CoverageNotes({ run }: { readonly run: QueryRun }) {
  const { gaps, stops, text } = run.windowCoverage;
  return (
    <>
      <p className={classes.text}>{sentence(text)}</p>
      {gaps.length + stops.length > 0 && (
        <ul className={classes.notes} aria-label="Gaps in the data">
          {gaps.map((gap) => (
            <li key={gap.from} aria-label={`Gap: ${gap.why}`}>
              <Moment iso={gap.from} /> – <Moment iso={gap.to} />: {gap.why}
            </li>
          ))}
          {stops.map((stop) => (
            <li key={`${stop.at} ${stop.host} ${stop.what}`}>
              <Moment iso={stop.at} />: {stop.what} on {stop.host}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

/** Never "100%" or "0%" for what is almost so. */
function shareText(share: number): string {
  if (share === 0 || share === 1) {
    return `Data covers ${share === 0 ? "none" : "all"} of the window.`;
  }
  const percent = Math.round(share * 100);
  const part = percent === 0 ? "less than 1%" : percent === 100 ? "more than 99%" : `${percent}%`;
  return `Data covers ${part} of the window.`;
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
}

/** Places of times within a window; those outside of it are at its edge. */
function scale(from: number, to: number): (iso: string) => number {
  return (iso) =>
    to > from ? Math.min(WIDTH, Math.max(0, ((Date.parse(iso) - from) / (to - from)) * WIDTH)) : WIDTH / 2;
}
