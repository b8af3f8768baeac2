import { Alert, Button } from "@mantine/core";
import { IconAlertTriangle, IconCheck, IconCopy } from "@tabler/icons-react";
import { type ReactNode, useState } from "react";
import { copyText } from "./copy.ts";
import classes from "./one-time-secret.module.css";

/** A secret that the server shows once: selected by a click, copied by a button. */
export function OneTimeSecret({
  label,
  secret,
  children,
}: {
  readonly label: string;
  readonly secret: string;
  /** What holds it and who may see it. */
  readonly children: ReactNode;
}) {
  const [copied, setCopied] = useState(false);
  return (
    <div className={classes.box}>
      <div className={classes.row}>
        <input
          readOnly
          className={classes.secret}
          aria-label={label}
          value={secret}
          data-autofocus
          onFocus={(event) => event.currentTarget.select()}
        />
        <Button
          size="sm"
          leftSection={copied ? <IconCheck size={15} aria-hidden /> : <IconCopy size={15} aria-hidden />}
          onClick={() => void copyText(secret).then(setCopied)}
        >
          {copied ? "Copied" : "Copy"}
        </Button>
      </div>
      <Alert
        color="yellow"
        variant="outline"
        className={classes.warning}
        icon={<IconAlertTriangle size={18} aria-hidden />}
      >
        {children}
      </Alert>
    </div>
  );
}
