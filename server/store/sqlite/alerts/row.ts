import { readAlert } from "../../alerts/body.ts";
import type { AlertRecord } from "../../port.ts";
import { type Row, text } from "../connection.ts";

export function alertOf(row: Row): AlertRecord {
  return readAlert(text(row, "body"));
}
