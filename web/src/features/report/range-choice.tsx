import { SegmentedControl } from "@mantine/core";
import { InstantInput, ZoneName } from "../../ui/instant-input.tsx";
import classes from "./report.module.css";
import { isSpan, type ReportRange } from "./url.ts";

const choices = [
  { value: "8h", label: "8 h" },
  { value: "12h", label: "12 h" },
  { value: "24h", label: "24 h" },
  { value: "7d", label: "7 days" },
  { value: "between", label: "Between…" },
];

/** Presets, or two points in time. */
export function RangeChoice({
  range,
  edges,
  choose,
}: {
  readonly range: ReportRange;
  /** What the range means now. */
  readonly edges: { readonly from: string; readonly to: string };
  readonly choose: (range: ReportRange) => void;
}) {
  const between = (edge: { readonly from?: string | undefined; readonly to?: string | undefined }) => {
    const { from = edges.from, to = edges.to } = edge;
    choose({ kind: "between", from, to });
  };
  return (
    <div className={classes.choice}>
      <SegmentedControl
        size="xs"
        aria-label="Time range"
        value={range.kind === "last" ? range.span : "between"}
        onChange={(value) => (isSpan(value) ? choose({ kind: "last", span: value }) : between({}))}
        data={choices}
      />
      {range.kind === "between" && (
        <>
          <InstantInput label="From" step={60} iso={range.from} change={(from) => between({ from })} />
          <span aria-hidden>–</span>
          <InstantInput label="To" step={60} iso={range.to} change={(to) => between({ to })} />
        </>
      )}
      <ZoneName />
    </div>
  );
}
