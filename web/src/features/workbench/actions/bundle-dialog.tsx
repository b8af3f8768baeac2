import { Button, Group, Modal } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { useFile } from "../../../api/queries.ts";
import { CopyButton } from "../../../ui/copy-button.tsx";
import { InlineCode } from "../../../ui/inline-code.tsx";
import { saveFile } from "../../../ui/save-file.ts";
import { LoadedWork } from "../../../ui/work-progress.tsx";
import { counted } from "../incident/walk.ts";
import classes from "./bundle-dialog.module.css";
import { type BundleInPage, bundleInPage } from "./bundle-in-page.ts";

const number = (value: number) => value.toLocaleString("en");

/** Makes the evidence bundle of the incident and saves it; the document in it can be saved beside it. */
export function BundleDialog({ incidentKey, close }: { readonly incidentKey: string; readonly close: () => void }) {
  const [everything, setEverything] = useState(false);
  const query = useFile("incidentBundle", { params: { key: incidentKey }, query: { format: "html", everything } });
  return (
    <Modal opened onClose={close} title="Evidence bundle of the incident" size="lg">
      <LoadedWork query={query} route="incidentBundle" label="Making the bundle" rows={4}>
        {(file) => <Made file={file} makeWhole={everything ? undefined : () => setEverything(true)} />}
      </LoadedWork>
    </Modal>
  );
}

interface PageFile {
  readonly name: string;
  readonly text: string;
}

function Made({ file, makeWhole }: { readonly file: PageFile; readonly makeWhole: (() => void) | undefined }) {
  const found = bundleInPage(file.text);
  useEffect(() => savePage(file), [file]);
  if (found === undefined) {
    return <p role="alert">The server sent something that is no bundle. It was saved as {file.name}.</p>;
  }
  return (
    <div className={classes.made}>
      <p role="status">
        Saved as <span className={classes.name}>{file.name}</span> ({sizeOf(file.text)}): {contentsOf(found)}. It opens
        in any browser without a server.
      </p>
      <Omitted omitted={found.omitted} makeWhole={makeWhole} />
      <div>
        <p className={classes.soft}>Note down its hash, or send it on another way than the file:</p>
        <div className={classes.hash}>
          <span>{found.hash}</span>
          <CopyButton text={found.hash} label="Copy the hash" />
        </div>
      </div>
      <p className={classes.soft}>
        <InlineCode text="Whoever gets the file checks it with `stemma verify FILE`. It holds raw log records: share it like those." />
      </p>
      <Group justify="flex-end" gap="xs">
        <Button
          size="xs"
          variant="default"
          leftSection={<IconDownload size={14} aria-hidden />}
          onClick={() => saveFile(file.name.replace(/html$/, "json"), "application/json", [found.text])}
        >
          Save as JSON too
        </Button>
        <Button
          size="xs"
          variant="default"
          leftSection={<IconDownload size={14} aria-hidden />}
          onClick={() => savePage(file)}
        >
          Save again
        </Button>
      </Group>
    </div>
  );
}

const savePage = ({ name, text }: PageFile) => saveFile(name, "text/html", [text]);

function Omitted({
  omitted,
  makeWhole,
}: {
  readonly omitted: BundleInPage["omitted"];
  readonly makeWhole: (() => void) | undefined;
}) {
  return (
    omitted.length > 0 && (
      <div role="note">
        <p>
          Not everything is in it:{" "}
          {omitted.map(({ what, shown, total }) => `${number(shown)} of ${number(total)} ${what}`).join(", ")}. The file
          says so.
        </p>
        {makeWhole !== undefined && (
          <Button size="compact-xs" variant="default" onClick={makeWhole}>
            Make it without limits
          </Button>
        )}
      </div>
    )
  );
}

function contentsOf({ counts }: BundleInPage): string {
  const { alerts, processes, records } = counts;
  return [counted(alerts, "alert"), counted(processes, "process", "processes"), counted(records, "source record")].join(
    ", ",
  );
}

function sizeOf(text: string): string {
  const bytes = new Blob([text]).size;
  return bytes < 1_000_000 ? `${number(Math.ceil(bytes / 1000))} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
