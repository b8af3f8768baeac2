/** What an entry on a field can describe. `program`: no more than the program that ran; `place`: a host or user. */
export type Scope = "activity" | "program" | "place" | "none";

/** Fields that are not listed occur in every record of their kind. */
export function fieldScope(field: string): Scope {
  if (isHostField(field) || isUserField(field)) {
    return "place";
  }
  if (isProgramName(field)) {
    return "none";
  }
  const activity =
    /(^|\.)hash\.|(^|\.)(command_line|args|executable|path|entity_id)$|^(dns\.question|url|source|destination)\.|^powershell\./;
  if (activity.test(field) && !/(^|\.)(port|address_type|bytes|packets)$/.test(field)) {
    return "activity";
  }
  return /working_directory$|^winlog\.event_data\.|^(registry|file|dll)\.|\.port$|^message$/.test(field)
    ? "program"
    : "none";
}

/** Fields such as `host.os.*` are not included: their values do not distinguish hosts. A sensor has one id per host. */
export function isHostField(field: string): boolean {
  return /^(host\.(name|hostname|id|ip|mac)|agent\.(id|name)|winlog\.computer_name)$/.test(field);
}

export function isUserField(field: string): boolean {
  return /^user\.((effective|target)\.)?(name|id|email|full_name|domain)$/.test(field);
}

export function isProgramName(field: string): boolean {
  return /^process\..*name$|^process\.name$|\.original_file_name$/.test(field);
}

export function isCommandField(field: string): boolean {
  return /(^|\.)(command_line|args)$/.test(field);
}
