/** Common files that are not telemetry we read: recognised only to name them when they are skipped or refused. */
const SIGNATURES: readonly (readonly [what: string, at: number, magic: Buffer])[] = [
  ["a packet capture (pcapng)", 0, Buffer.from([0x0a, 0x0d, 0x0d, 0x0a])],
  ["a packet capture (pcap)", 0, Buffer.from([0xd4, 0xc3, 0xb2, 0xa1])],
  ["a packet capture (pcap)", 0, Buffer.from([0xa1, 0xb2, 0xc3, 0xd4])],
  ["a video (MP4)", 4, Buffer.from("ftyp", "latin1")],
  ["a Windows program", 0, Buffer.from("MZ", "latin1")],
  ["a Linux program", 0, Buffer.from([0x7f, 0x45, 0x4c, 0x46])],
  ["an image (PNG)", 0, Buffer.from([0x89, 0x50, 0x4e, 0x47])],
  ["a PDF document", 0, Buffer.from("%PDF", "latin1")],
  ["an SQLite database", 0, Buffer.from("SQLite format 3\0", "latin1")],
  ["a 7z archive", 0, Buffer.from([0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c])],
  ["a RAR archive", 0, Buffer.from("Rar!\x1a\x07", "latin1")],
  ["a Zstandard archive", 0, Buffer.from([0x28, 0xb5, 0x2f, 0xfd])],
  ["an XZ archive", 0, Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00])],
  ["a bzip2 archive", 0, Buffer.from("BZh", "latin1")],
  ["an event log of Windows XP or Server 2003 (EVT)", 4, Buffer.from("LfLe", "latin1")],
  ["XML that does not contain Windows events", 0, Buffer.from("<", "latin1")],
];

/** What a file that begins with `head` is, in words; `undefined` when unknown. */
export function unsupportedKind(head: Buffer): string | undefined {
  return SIGNATURES.find(([, at, magic]) => head.subarray(at, at + magic.length).equals(magic))?.[0];
}
