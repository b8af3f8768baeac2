import { and, type Condition, equals, or } from "../../../condition/tree.ts";
import {
  antivirusNames,
  type FieldNames,
  processNames,
  serviceNames,
  unmappedNames,
  webNames,
  windowsNames,
} from "./field-names.ts";
import { unsupported } from "./sigma-error.ts";
import { windowsCategories, windowsService } from "./windows-log-source.ts";

export interface LogSource {
  readonly product?: string | undefined;
  readonly category?: string | undefined;
  readonly service?: string | undefined;
}

/** The events of a log source, and the event fields for its Sigma fields. */
export interface Source {
  readonly condition: Condition;
  readonly names: FieldNames;
}

/** Throws `SigmaError` for an unknown log source. */
export function resolveLogSource(given: LogSource): Source {
  const { product, category, service } = {
    product: given.product?.toLowerCase(),
    category: given.category?.toLowerCase(),
    service: given.service?.toLowerCase(),
  };
  if (product === "windows") {
    return windowsSource(category, service);
  }
  if (product === "linux" || product === "macos") {
    return unixSource(product, category, service);
  }
  if (product === undefined || category === "antivirus") {
    return sourceOfCategory(category, service);
  }
  return { condition: ofModule(product, service), names: unmappedNames(prefixOf(product, service)) };
}

function windowsSource(category: string | undefined, service: string | undefined): Source {
  const byCategory = category === undefined ? undefined : windowsCategories.get(category);
  const byService = service === undefined ? undefined : windowsService(service);
  if (category !== undefined && byCategory === undefined) {
    throw unsupported(`the log source category "${category}" of windows is unknown`, "category");
  }
  if (service !== undefined && byService === undefined) {
    throw unsupported(`the log source service "${service}" of windows is unknown`, "service");
  }
  return {
    condition: and(
      ...(byCategory === undefined ? [] : [byCategory]),
      ...(byService === undefined ? [] : [byService]),
      ...((byCategory ?? byService) ? [] : [equals("host.os.type", "windows")]),
    ),
    names: category === undefined ? serviceNames(service) : windowsNames(category),
  };
}

/** The ECS events for the Sigma categories of any operating system. */
const ecsCategories: ReadonlyMap<string, Condition> = new Map([
  ["process_creation", and(equals("event.category", "process"), equals("event.type", "start"))],
  ["process_termination", and(equals("event.category", "process"), equals("event.type", "end"))],
  ["file_event", and(equals("event.category", "file"), equals("event.type", ["creation", "change"]))],
  ["file_change", and(equals("event.category", "file"), equals("event.type", "change"))],
  ["file_delete", and(equals("event.category", "file"), equals("event.type", "deletion"))],
  ["file_access", and(equals("event.category", "file"), equals("event.type", "access"))],
  ["network_connection", and(equals("event.category", "network"), equals("event.type", ["connection", "start"]))],
  ["dns_query", and(equals("event.category", "network"), equals("network.protocol", "dns"))],
]);

function unixSource(system: "linux" | "macos", category: string | undefined, service: string | undefined): Source {
  const onSystem = equals("host.os.type", system);
  if (service === "auditd") {
    return { condition: and(onSystem, ofModule("auditd", undefined)), names: unmappedNames("auditd.log.") };
  }
  if (category === undefined) {
    const byService = service === undefined ? [] : [or(equals("process.name", service), ofModule(service, undefined))];
    const isWholeLog = service === "syslog" || service === "auth";
    return { condition: and(onSystem, ...(isWholeLog ? [] : byService)), names: unmappedNames("") };
  }
  const byCategory = ecsCategories.get(category);
  if (byCategory === undefined) {
    throw unsupported(`the log source category "${category}" of ${system} is unknown`, "category");
  }
  return { condition: and(byCategory, onSystem), names: processNames };
}

function sourceOfCategory(category: string | undefined, service: string | undefined): Source {
  switch (category) {
    case undefined:
      if (service === undefined) {
        throw unsupported("the log source has neither product nor category nor service");
      }
      return { condition: ofModule(service, undefined), names: webNames };
    case "webserver":
    case "proxy":
      return { condition: equals("event.category", "web"), names: webNames };
    case "dns":
      return {
        condition: and(equals("event.category", "network"), equals("network.protocol", "dns")),
        names: webNames,
      };
    case "firewall":
      return { condition: equals("event.category", "network"), names: webNames };
    case "antivirus":
      return { condition: equals("event.category", "malware"), names: antivirusNames };
    case "database":
      return { condition: equals("event.category", "database"), names: unmappedNames("") };
    default: {
      const known = ecsCategories.get(category);
      if (known === undefined) {
        throw unsupported(`the log source category "${category}" is unknown`, "category");
      }
      return { condition: known, names: processNames };
    }
  }
}

function prefixOf(product: string, service: string | undefined): string {
  return service === undefined || service.startsWith(`${product}.`)
    ? `${service ?? product}.`
    : `${product}.${service}.`;
}

/** Events of an Elastic integration: by module, or by the dataset named after product and service. */
function ofModule(product: string, service: string | undefined): Condition {
  const dataset = prefixOf(product, service).slice(0, -1);
  return or(equals("event.module", product), equals("data_stream.dataset", dataset), equals("event.dataset", dataset));
}
