import { and, type Condition, equals } from "../condition/tree.ts";

/** The ECS fields for the fields of Splunk's data model Endpoint.Processes. */
export const processesModel: ReadonlyMap<string, string> = new Map([
  ["_time", "@timestamp"],
  ["action", "event.action"],
  ["dest", "host.name"],
  ["host", "host.name"],
  ["original_file_name", "process.pe.original_file_name"],
  ["os", "host.os.type"],
  ["parent_process", "process.parent.command_line"],
  ["parent_process_exec", "process.parent.name"],
  ["parent_process_guid", "process.parent.entity_id"],
  ["parent_process_id", "process.parent.pid"],
  ["parent_process_name", "process.parent.name"],
  ["parent_process_path", "process.parent.executable"],
  ["process", "process.command_line"],
  ["process_current_directory", "process.working_directory"],
  ["process_exec", "process.name"],
  ["process_guid", "process.entity_id"],
  ["process_hash", "process.hash.sha256"],
  ["process_id", "process.pid"],
  ["process_integrity_level", "process.Ext.token.integrity_level_name"],
  ["process_name", "process.name"],
  ["process_path", "process.executable"],
  ["user", "user.name"],
  ["user_id", "user.id"],
  ["vendor_product", "event.provider"],
]);

/** The events in the data model: process starts. */
export const processesEvents: Condition = and(equals("event.category", "process"), equals("event.type", "start"));
