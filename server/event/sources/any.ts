import { put } from "../values.ts";
import type { MapRecord } from "./source.ts";

/** Maps the few values that mean the same in records of any source. */
export const mapAnyRecord: MapRecord = (fields, data) => {
  put(fields, "powershell.file.script_block_text", data.get("ScriptBlockText"));
  put(fields, "powershell.file.script_block_id", data.get("ScriptBlockId"));
  put(fields, "user.name", data.get("SubjectUserName"));
  put(fields, "user.domain", data.get("SubjectDomainName"));
};
