import { IconAlertTriangle } from "@tabler/icons-react";
import type { RequestError } from "../../api/client.ts";
import classes from "./hunt.module.css";

/** A syntax error with a caret below its position and the expected input. */
export function Refused({ query, error }: { readonly query: string; readonly error: RequestError }) {
  const detail = error.details.detail ?? error.details.title;
  const place = /\(line (\d+), column (\d+)\)/.exec(detail);
  const [line, column] = [Number(place?.[1]), Number(place?.[2])];
  const written = query.split("\n")[line - 1];
  return (
    <div role="alert" className={classes.refused}>
      <p>
        <IconAlertTriangle size={16} aria-hidden />
        {detail}
      </p>
      {written !== undefined && (
        <pre>
          {written}
          {"\n"}
          {" ".repeat(column - 1)}
          <strong>^</strong>
        </pre>
      )}
    </div>
  );
}
