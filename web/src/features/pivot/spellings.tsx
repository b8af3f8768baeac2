import type { Spelling } from "#contracts/pivot";
import { VisibleText } from "../../ui/command-line.tsx";
import { Section, Table } from "../../ui/page.tsx";
import classes from "./pivot.module.css";

/** Other names of an account or a host, each with the records that make it one; nothing without any. */
export function Spellings({
  of,
  spellings,
}: {
  readonly of: "account" | "host";
  readonly spellings: readonly Spelling[];
}) {
  return spellings.length === 0 ? undefined : (
    <Section title="Other names" aside={`in records of the same ${of}`}>
      <Table
        label="Other names"
        rows={spellings}
        keyOf={(one) => one.key}
        empty="None."
        cards
        columns={[
          {
            title: "Name",
            cell: (one) => (
              <code>
                <VisibleText text={one.key} />
              </code>
            ),
          },
          { title: "Why", wide: true, cell: (one) => one.why },
          {
            title: "Records",
            cell: (one) =>
              one.evidence.map(({ eventId, code, recordId, file }) => (
                <code key={eventId} className={classes.record} title={file}>
                  {`${code ?? ""} #${recordId ?? "none"}`}
                </code>
              )),
          },
        ]}
      />
    </Section>
  );
}

/** Other names below the one that a list shows. */
export function OtherNames({ names }: { readonly names: readonly string[] }) {
  return names.map((name) => (
    <small key={name} className={classes.otherName}>
      <VisibleText text={name} />
    </small>
  ));
}
