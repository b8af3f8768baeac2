import type { FieldOrigin, StepView } from "#contracts/playbook";
import { Clamped } from "../../../ui/clamped.tsx";
import { DecodedText, isEncodedField } from "../../../ui/decoded.tsx";
import { shortColumnTitle } from "../../../ui/event-columns.ts";
import { FieldValue } from "../../../ui/field-value.tsx";
import classes from "./focus-values.module.css";

/** Length from which a value is collapsed: about four lines of the pane. */
const longValue = 300;

/** The fields to look at, one chip each; fields without a value together in one. */
export function FocusValues({
  focus,
  isBounded,
}: {
  readonly focus: StepView["focus"];
  /** Very long values scroll, so that results have room. */
  readonly isBounded: boolean;
}) {
  const absent = focus.filter(({ values }) => values.length === 0);
  return focus.length === 0 ? null : (
    <dl className={classes.focus} data-bounded={isBounded || undefined} aria-label="Values to look at">
      {focus
        .filter(({ values }) => values.length > 0)
        .map(({ field, values, origin }) => (
          <div key={field}>
            <dt>
              <FieldName field={field} />
            </dt>
            <dd data-several={values.length > 1 || undefined}>
              {values.map((value) => (
                <Clamped key={value} length={value.length} from={longValue}>
                  <FieldValue field={field} value={value} />
                </Clamped>
              ))}
              {isEncodedField(field) && values.map((value) => <DecodedText key={value} text={value} isBrief />)}
              {origin !== undefined && <Origin origin={origin} />}
            </dd>
          </div>
        ))}
      {absent.length > 0 && (
        <div>
          <dt>
            {absent.length === 1
              ? "not in the records or the lineage"
              : "none of these is in the records or the lineage"}
          </dt>
          {absent.map(({ field }) => (
            <dd key={field}>
              <FieldName field={field} />
            </dd>
          ))}
        </div>
      )}
    </dl>
  );
}

/** A field in words, its name on hover; else its name. */
function FieldName({ field }: { readonly field: string }) {
  const title = shortColumnTitle(field);
  return title === field ? <code>{field}</code> : <span title={field}>{title}</span>;
}

const originWords = {
  process: "the process",
  parent: "the parent process",
  grandparent: "the grandparent process",
  session: "the logon session",
} as const satisfies Record<FieldOrigin["kind"], string>;

/** Where a value is from that no record of the alert has. */
function Origin({ origin }: { readonly origin: FieldOrigin }) {
  return origin.certain ? (
    <span className={classes.origin} title="The alert’s own records lack this field">
      from {originWords[origin.kind]}
    </span>
  ) : (
    <span className={classes.origin} title="The alert’s own records lack this field, and several processes fit">
      from the likeliest {origin.kind} process, not certain
    </span>
  );
}
