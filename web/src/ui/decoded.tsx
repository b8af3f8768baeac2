import { type Decoded, type Decoding, decodingSteps, encodedFields, type Undecoded } from "#contracts/decoding";
import type { Fields } from "#contracts/event";
import { useRoute } from "../api/queries.ts";
import { Clamped } from "./clamped.tsx";
import { CopyButton } from "./copy-button.tsx";
import classes from "./decoded.module.css";
import { Lines } from "./lines.tsx";

type EncodedField = (typeof encodedFields)[number];

/** More than the server looks at; the rest of a longer text is not sent. */
const MOST_SENT = 200_000;

/** What is encoded in a log value, beside it and marked as decoded. Nothing, if nothing is. */
export function DecodedText({
  text,
  label = "Decoded",
  isBrief = false,
}: {
  readonly text: string;
  readonly label?: string;
  /** Of a script and the same in plain, only the plain one. */
  readonly isBrief?: boolean;
}) {
  const decoded = useRoute(
    "decode",
    { body: { text: text.slice(0, MOST_SENT) } },
    { freshFor: Number.POSITIVE_INFINITY },
  );
  if (decoded.error !== null) {
    return <p className={classes.note}>Not decoded: {decoded.error.message}</p>;
  }
  return decoded.data === undefined ? null : <DecodedParts decoded={decoded.data} label={label} isBrief={isBrief} />;
}

/** Whether something may be encoded in the values of a field. */
export function isEncodedField(field: string): field is EncodedField {
  return (encodedFields as readonly string[]).includes(field);
}

/** What is encoded in the command lines and scripts of an event, as far as that is of interest. */
export function DecodedFields({
  fields,
  isOfInterest = () => true,
}: {
  readonly fields: Fields;
  readonly isOfInterest?: (field: EncodedField) => boolean;
}) {
  return encodedFields.filter(isOfInterest).flatMap((field) => {
    const value = Object.hasOwn(fields, field) ? fields[field] : undefined;
    const texts = (typeof value === "object" ? value : [value]).filter((one) => typeof one === "string");
    return [...new Set(texts)].map((text) => (
      <DecodedText key={`${field} ${text}`} text={text} label={`Decoded from ${labels[field]}`} />
    ));
  });
}

/** The same of a stored event. */
export function DecodedEvent({ id }: { readonly id: string }) {
  const event = useRoute("event", { params: { id } });
  return event.data === undefined ? null : <DecodedFields fields={event.data.fields} />;
}

const labels: Readonly<Record<EncodedField, string>> = {
  "process.command_line": "the command line",
  "process.parent.command_line": "the parent's command line",
  "powershell.file.script_block_text": "the script block",
  "registry.data.strings": "the registry value",
  "winlog.event_data.ImagePath": "the service's command",
  "winlog.event_data.Payload": "the payload",
  "winlog.event_data.ServiceFileName": "the service's command",
  "winlog.event_data.TaskContent": "the task",
};

function DecodedParts({
  decoded,
  label,
  isBrief,
}: {
  readonly decoded: Decoded;
  readonly label: string;
  readonly isBrief: boolean;
}) {
  const { decodings, undecoded } = decoded;
  if (decodings.length === 0 && undecoded.length === 0) {
    return null;
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: a landmark would need a name of its own on the page.
    <div className={classes.decoded} role="group" aria-label={label}>
      {decodings.map((one, index) => {
        const chain = chainOf(decodings, index);
        return isBrief && isSimplified(decodings, index) ? null : (
          // biome-ignore lint/suspicious/noArrayIndexKey: the decodings of a text never move.
          <div key={index} className={classes.part}>
            <div className={classes.head}>
              <strong>{label}</strong>
              <span>{chain}</span>
              <CopyButton text={one.text} label={`Copy the text decoded by ${chain}`} />
            </div>
            <Clamped length={one.text.length}>
              <pre className={classes.text}>
                <Lines text={one.text.replaceAll("\t", "  ")} />
              </pre>
            </Clamped>
            {one.cut && <p className={classes.note}>Cut off after {count(one.text.length)} characters.</p>}
          </div>
        );
      })}
      {undecoded.map((one, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: as above.
        <p key={index} className={classes.note}>
          {undecodedText(one)}
        </p>
      ))}
    </div>
  );
}

/** The steps of each layer, from the outside in: `base64, UTF-16LE → gzip`. */
function chainOf(decodings: readonly Decoding[], index: number): string {
  const one = decodings[index];
  const outer = one?.within === undefined ? undefined : decodings[one.within];
  const own = one?.steps.slice(outer?.steps.length ?? 0).map((step) => decodingSteps[step]) ?? [];
  return [...(one?.within === undefined ? [] : [chainOf(decodings, one.within)]), own.join(", ")].join(" → ");
}

/** Steps that make bytes of a text, or a text of bytes; the others make the same text plainer. */
const byteSteps: ReadonlySet<string> = new Set(["base64", "hex", "gzip", "zlib", "deflate", "utf-16le", "utf-8"]);

function isSimplified(decodings: readonly Decoding[], index: number): boolean {
  const outer = decodings[index]?.steps.length ?? 0;
  return decodings.some(
    ({ within, steps }) => within === index && steps.slice(outer).every((step) => !byteSteps.has(step)),
  );
}

const count = (value: number) => value.toLocaleString("en");

/** Why something was not decoded, as a sentence. */
function undecodedText({ reason, limit, steps }: Undecoded): string {
  switch (reason) {
    case "length":
      return `Only the first ${count(limit)} characters were looked at.`;
    case "depth":
      return `Encoded more than ${count(limit)} times: stopped at depth ${count(limit)}.`;
    case "count":
      return `More than ${count(limit)} encoded parts: the others are not decoded.`;
    case "size":
      return `More than ${count(limit)} decoded characters: the rest is left out.`;
    case "work":
      return `Stopped after ${count(limit)} steps: there may be more.`;
    case "binary":
      return `${steps.map((step) => decodingSteps[step]).join(" → ")}: ${count(limit)} bytes that are no text.`;
    case "program":
      return `${steps.map((step) => decodingSteps[step]).join(" → ")}: ${count(limit)} bytes of a Windows program.`;
  }
}
