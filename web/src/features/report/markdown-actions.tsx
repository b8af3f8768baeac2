import { Button } from "@mantine/core";
import { IconCheck, IconCopy, IconDownload } from "@tabler/icons-react";
import { useState } from "react";
import { copyText } from "../../ui/copy.ts";
import { saveFile } from "../../ui/save-file.ts";

/** The report as text, for a ticket or a chat. */
export function MarkdownActions({ markdown, to }: { readonly markdown: string; readonly to: string }) {
  const [copied, setCopied] = useState<string>();
  const isCopied = copied === markdown;
  return (
    <>
      <Button
        size="compact-xs"
        variant="default"
        leftSection={isCopied ? <IconCheck size={14} aria-hidden /> : <IconCopy size={14} aria-hidden />}
        onClick={() => void copyText(markdown).then((done) => setCopied(done ? markdown : undefined))}
      >
        {isCopied ? "Copied" : "Copy as Markdown"}
      </Button>
      <Button
        size="compact-xs"
        variant="default"
        leftSection={<IconDownload size={14} aria-hidden />}
        onClick={() => saveFile(`shift-report-${to.slice(0, 16).replaceAll(":", "")}.md`, "text/markdown", [markdown])}
      >
        Download
      </Button>
    </>
  );
}
