/**
 * The known ECS fields with their types: the rule editor suggests them, KQL compares dates by them, and event sources
 * may map to no others (`sources.test.ts`). Every field below a listed prefix counts as known.
 */

export type FieldType = "keyword" | "number" | "ip" | "date" | "boolean";

const KEYWORDS = `
agent.id agent.type agent.version
cloud.account.id cloud.instance.id cloud.provider cloud.region
container.id container.name
data_stream.dataset data_stream.namespace data_stream.type
destination.address destination.as.organization.name destination.domain destination.geo.country_iso_code
dll.code_signature.status dll.code_signature.subject_name dll.hash.md5 dll.hash.sha1 dll.hash.sha256 dll.name
dll.original_file_name dll.path dll.pe.imphash dll.pe.original_file_name
dns.question.name dns.question.registered_domain dns.question.type dns.response_code
ecs.version effective_process.executable effective_process.name
error.code error.message
event.action event.category event.code event.dataset event.id event.kind event.module event.outcome event.provider
event.reason event.type
file.code_signature.status file.code_signature.subject_name file.directory file.Ext.header_bytes
file.Ext.original.extension file.Ext.original.name file.Ext.original.path file.Ext.windows.zone_identifier
file.extension file.hash.md5 file.hash.sha1 file.hash.sha256 file.name file.owner file.path
file.pe.file_version file.pe.imphash file.pe.original_file_name file.pe.product file.target_path file.type
group.domain group.id group.name
host.hostname host.id host.name host.os.family host.os.name host.os.platform host.os.type host.os.version
http.request.body.content http.request.method http.request.referrer
message
network.application network.direction network.protocol network.transport network.type
orchestrator.cluster.name
powershell.file.script_block_id powershell.file.script_block_text
process.args process.code_signature.status process.code_signature.subject_name process.command_line process.entity_id
process.executable process.Ext.ancestry process.Ext.api.name process.Ext.authentication_id
process.Ext.code_signature.subject_name process.Ext.token.elevation_level process.Ext.token.integrity_level_name
process.hash.md5 process.hash.sha1 process.hash.sha256 process.name
process.parent.args process.parent.code_signature.subject_name process.parent.command_line process.parent.entity_id
process.parent.executable process.parent.name process.parent.user.name process.parent.working_directory
process.pe.company process.pe.description process.pe.file_version process.pe.imphash process.pe.original_file_name
process.pe.product process.title process.user.id process.user.name process.working_directory
process.group_leader.entity_id process.session_leader.entity_id process.entry_leader.entity_id
registry.data.strings registry.data.type registry.data.bytes registry.hive registry.key registry.path registry.value
related.hash related.hosts related.user
rule.id rule.name
server.address server.domain
package.name package.version
service.name service.state service.type
source.address source.as.organization.name source.domain source.geo.country_iso_code

stemma.decoded
sysmon.dns.status
tags
url.domain url.extension url.full url.original url.path
user.changes.name user.domain user.effective.domain user.effective.id user.effective.name user.email user.full_name
user.id user.name user.roles user.target.domain user.target.group.domain user.target.group.id user.target.group.name
user.target.id user.target.name
user_agent.original
winlog.api winlog.channel winlog.computer_name winlog.event_id winlog.keywords winlog.level winlog.logon.failure.reason
winlog.logon.id winlog.logon.type winlog.opcode winlog.provider_guid winlog.provider_name winlog.record_id
winlog.related_activity_id winlog.task winlog.user.domain winlog.user.identifier winlog.user.name winlog.user.type
`;

const NUMBERS = `
destination.bytes destination.port event.risk_score event.sequence event.severity file.size
powershell.file.script_block_entropy_bits powershell.file.script_block_length
powershell.file.script_block_surprisal_stdev powershell.sequence powershell.total
http.response.status_code network.bytes
process.args_count process.Ext.relative_file_creation_time
process.Ext.relative_file_name_modify_time process.Ext.session_info.logon_id process.exit_code
process.parent.args_count process.parent.pid process.parent.thread.id process.pid process.thread.id
server.port source.bytes source.port user.Ext.real.id winlog.process.pid winlog.process.thread.id winlog.version
`;

const ADDRESSES = "client.ip destination.ip dns.resolved_ip host.ip server.ip source.ip source.nat.ip";

const DATES = `
@timestamp event.created event.end event.ingested event.start file.created file.mtime process.end process.start
process.parent.start stemma.time.source_clock
`;

const BOOLEANS = `
dll.code_signature.exists dll.code_signature.trusted file.code_signature.exists file.code_signature.trusted
process.code_signature.exists process.code_signature.trusted process.interactive
stemma.time.estimated
process.parent.code_signature.exists process.parent.code_signature.trusted
`;

/** Prefixes of names that sources choose; all such fields are text. */
const KEYWORD_PREFIXES = [
  "winlog.event_data.",
  "winlog.user_data.",
  "winlog.computerObject.",
  "powershell.",
  "labels.",
] as const;

function words(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}

export const fieldCatalogue: ReadonlyMap<string, FieldType> = new Map<string, FieldType>([
  ...words(KEYWORDS).map((name) => [name, "keyword"] as const),
  ...words(NUMBERS).map((name) => [name, "number"] as const),
  ...words(ADDRESSES).map((name) => [name, "ip"] as const),
  ...words(DATES).map((name) => [name, "date"] as const),
  ...words(BOOLEANS).map((name) => [name, "boolean"] as const),
]);

/** The type of a known field; `undefined` for an unknown one. */
export function fieldType(name: string): FieldType | undefined {
  const known = fieldCatalogue.get(name);
  if (known !== undefined) {
    return known;
  }
  return KEYWORD_PREFIXES.some((prefix) => name.startsWith(prefix)) ? "keyword" : undefined;
}
