import { type MutableFields, put } from "./values.ts";

/** Windows registry paths in ECS fields. Sysmon writes `HKLM\…`, older versions `\REGISTRY\MACHINE\…`. */

const HIVES: readonly (readonly [prefix: string, hive: string])[] = [
  ["\\REGISTRY\\MACHINE\\", "HKLM"],
  ["\\REGISTRY\\USER\\", "HKU"],
];

/** In ECS `registry.key` is relative to the hive and excludes the value; `registry.path` is the whole path. */
export function putRegistry(fields: MutableFields, data: ReadonlyMap<string, string>): void {
  const target = data.get("TargetObject");
  if (target === undefined || target === "") {
    return;
  }
  let hive: string | undefined;
  let rest = target;
  for (const [prefix, name] of HIVES) {
    if (target.startsWith(prefix)) {
      hive = name;
      rest = target.slice(prefix.length);
    }
  }
  if (hive === undefined) {
    const at = target.indexOf("\\");
    hive = at > 0 ? target.slice(0, at) : undefined;
    rest = target.slice(at + 1);
  }
  put(fields, "registry.hive", hive);
  fields["registry.path"] = hive === undefined ? target : `${hive}\\${rest}`;
  const kind = data.get("EventType");
  if (kind?.endsWith("Value")) {
    const at = rest.lastIndexOf("\\");
    put(fields, "registry.key", rest.slice(0, Math.max(at, 0)));
    put(fields, "registry.value", rest.slice(at + 1));
  } else {
    put(fields, "registry.key", rest);
  }
  putDetails(fields, data.get("Details"));
}

function putDetails(fields: MutableFields, details: string | undefined): void {
  if (details === undefined || details === "" || details === "-") {
    return;
  }
  if (details === "Binary Data") {
    fields["registry.data.type"] = "REG_BINARY";
    return;
  }
  if (details.startsWith("DWORD (0x") && details.endsWith(")")) {
    const value = Number(details.slice(7, -1));
    fields["registry.data.type"] = "REG_DWORD";
    fields["registry.data.strings"] = Number.isNaN(value) ? [details] : [String(value)];
    return;
  }
  if (details.startsWith("QWORD (")) {
    fields["registry.data.type"] = "REG_QWORD";
    fields["registry.data.strings"] = [quadWord(details) ?? details];
    return;
  }
  fields["registry.data.type"] = "REG_SZ";
  fields["registry.data.strings"] = [details];
}

/** `QWORD (0xHIGH-0xLOW)` as a decimal number. */
function quadWord(details: string): string | undefined {
  const dash = details.indexOf("-");
  const high = Number(details.slice(7, dash));
  const low = Number(details.slice(dash + 1, -1));
  return dash > 0 && Number.isInteger(high) && Number.isInteger(low)
    ? String(BigInt(high) * 0x1_0000_0000n + BigInt(low))
    : undefined;
}
