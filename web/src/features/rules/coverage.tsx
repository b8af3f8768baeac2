import { sourceLabel } from "#contracts/event-source";
import type { KindSupport } from "#contracts/rule-structure";
import { useRoute } from "../../api/queries.ts";
import { Section, Table } from "../../ui/page.tsx";
import { Loaded } from "../../ui/state.tsx";
import classes from "./sources.module.css";

/** Event types shown initially: a rule with few conditions matches nearly all of them. */
const firstKinds = 12;
const number = (value: number) => value.toLocaleString("en");

/** Event types that can satisfy the rule, the fields each one lacks, and the basis for that. */
export function RuleSources({ id }: { readonly id: string }) {
  const sources = useRoute("ruleSources", { params: { id } });
  return (
    <Section title="Data-source coverage" aside="event types that can satisfy this rule">
      <Loaded query={sources} label="Checking stored events" rows={3}>
        {(data) => (
          <>
            <p className={classes.sentence} data-loaded={data.loaded}>
              {data.sentence}
            </p>
            {data.stages.map(({ title, kinds }, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the stages of a rule never move.
              <div key={index} className={classes.stage}>
                {data.stages.length > 1 && <h3>{title}</h3>}
                <Table
                  label={data.stages.length > 1 ? `Data-source coverage of ${title}` : "Data-source coverage"}
                  rows={kinds}
                  first={firstKinds}
                  keyOf={(kind) => `${kind.source} ${kind.code} ${kind.lacks.join()} ${kind.blind.join()}`}
                  empty="No ingested or supported event type can satisfy this rule."
                  columns={[
                    { title: "Event type", cell: (kind) => `${sourceLabel(kind.source)} ${kind.code}` },
                    { title: "Description", cell: (kind) => kind.action },
                    {
                      title: "Stored",
                      numeric: true,
                      cell: (kind) => (kind.seen === 0 ? "None" : number(kind.seen)),
                    },
                    { title: "Can match", cell: (kind) => (kind.verdict === "yes" ? "Yes" : "No") },
                    { title: "Missing fields", wide: true, cell: (kind) => <Lacking kind={kind} /> },
                  ]}
                  detail={{ title: "Fields", of: (kind) => <Fields kind={kind} /> }}
                />
              </div>
            ))}
            <p className={classes.basis}>
              {data.stored === 0
                ? "No events stored. This is based on the field mappings alone."
                : `Based on ${data.sampled < data.stored ? `a sample of ${number(data.sampled)} of ${number(data.stored)} stored events, spread across the time range of the largest logs` : `all ${number(data.stored)} stored events`}. A field is available if a sampled event has it or the mapping of the event type provides it.`}
            </p>
          </>
        )}
      </Loaded>
    </Section>
  );
}

function Lacking({ kind }: { readonly kind: KindSupport }) {
  return (
    <div className={classes.lacking}>
      {kind.lacks.map((field) => (
        <code key={field}>{field}</code>
      ))}
      {kind.blind.length > 0 && (
        <span>
          {"alternatives that cannot match require "}
          <code>{kind.blind.join(", ")}</code>
        </span>
      )}
      {kind.lacks.length === 0 && kind.blind.length === 0 && <span>None</span>}
    </div>
  );
}

const bases = {
  seen: "found in stored events",
  mapping: "provided by the mapping, not found in stored events",
  none: "not available",
} as const satisfies Record<KindSupport["fields"][number]["basis"], string>;

function Fields({ kind }: { readonly kind: KindSupport }) {
  return (
    <dl className={classes.fields}>
      {kind.fields.map(({ field, basis }) => (
        <div key={field}>
          <dt>
            <code>{field}</code>
          </dt>
          <dd>{bases[basis]}</dd>
        </div>
      ))}
      {kind.fields.length === 0 && <dd>No fields beyond the event type.</dd>}
    </dl>
  );
}
