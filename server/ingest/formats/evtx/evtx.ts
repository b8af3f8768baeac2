import type { Format } from "../format.ts";
import { isEvtx, readEvtx } from "./read-evtx.ts";

/** Windows event log files. */
export const evtx: Format = {
  name: "evtx",
  label: "Windows event log (EVTX)",
  looksLike: ({ bytes }) => isEvtx(bytes),
  read: (input, { from }) => readEvtx(input, { from }),
};
