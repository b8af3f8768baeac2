import type { AlertRecord } from "../../../alert/record.ts";
import { readAlert } from "../../alerts/body.ts";
import { type Row, text } from "../connection.ts";

export function alertOf(row: Row): AlertRecord {
  return readAlert(text(row, "body"));
}
