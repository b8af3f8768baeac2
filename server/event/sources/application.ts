import { mapAnyRecord } from "./any.ts";
import type { EventSource, RecordType } from "./source.ts";
import { param, program, record, type Step, step } from "./steps.ts";

/** The Application log. Many providers write to it, and each uses codes as it likes: an entry names its provider. */

function of(
  provider: string,
  code: string,
  action: string,
  ...steps: readonly Step[]
): readonly [code: string, type: RecordType] {
  return [code, record({ provider, action }, ...steps)];
}

/** Windows 11 names the values; before, the path of the program is the eleventh. */
const crashed = (): Step => {
  const executable = program("process", "AppPath");
  return step(executable.produces, (fields, data, event) => {
    const path = data.get("AppPath") ?? data.get("param11") ?? event.unnamed[10];
    executable.map(fields, new Map([["AppPath", path ?? ""]]), event);
  });
};

const records: ReadonlyMap<string, RecordType> = new Map([
  of("Application Error", "1000", "application-crashed", crashed()),
  of("Microsoft-Windows-Audit-CVE", "1", "exploit-attempt-reported"),
  of("Microsoft-Windows-Backup", "524", "backup-catalog-deleted"),
  of("MsiInstaller", "1033", "product-installed", param("package.name", 1), param("package.version", 2)),
  of("MsiInstaller", "1034", "product-removed", param("package.name", 1), param("package.version", 2)),
  of("MsiInstaller", "1040", "installer-transaction-started"),
  of("MsiInstaller", "1042", "installer-transaction-ended"),
  of("MsiInstaller", "11707", "product-installed"),
  of("MsiInstaller", "11724", "product-removed"),
  of("ESENT", "216", "database-location-changed"),
  of("ESENT", "325", "database-created"),
  of("ESENT", "326", "database-attached"),
  of("ESENT", "327", "database-detached"),
  of("MSSQLSERVER", "18456", "database-logon-failed"),
  of("MSSQLSERVER", "33205", "database-audited"),
  of("MSSQLSERVER", "8128", "extended-procedure-run"),
  ...["865", "866", "867", "868", "882"].map((code) =>
    of("Microsoft-Windows-SoftwareRestrictionPolicies", code, "execution-restricted"),
  ),
]);

export const application: EventSource = {
  id: "application",
  dataset: () => ({ module: "system", dataset: "system.application" }),
  records,
  map: mapAnyRecord,
};
