/** Windows paths as text. Log values are untrusted: nothing here accesses a file system. */

/**
 * Whether a value of an image field can be a program at all. Logs write placeholders for an unknown one, and where
 * fields slid by one, their neighbour's value is here: a SID, a number, a GUID or a message code.
 */
export function isImage(text: string): boolean {
  return text.includes("\\") || text.includes("/") || !NO_IMAGE.test(text);
}

/** Any path passes before this is asked, so that a file may have such a name. */
const NO_IMAGE = /^\s*(?:-|\?|\(null\)|<unknown process>|S-1(?:-\d+)+|\d+|0x[\da-f]+|%%\d+|\{[\da-f-]*\}|)\s*$/i;

/** The file name: `process.name` and `file.name`. */
export function baseName(path: string): string {
  return path.slice(lastSeparator(path) + 1);
}

/** Everything before the last separator, such as `C:` for `C:\x.exe`; `undefined` without a separator. */
export function directoryOf(path: string): string | undefined {
  const at = lastSeparator(path);
  return at > 0 ? path.slice(0, at) : undefined;
}

/** The extension of a file name in lower case, without the dot. */
export function extensionOf(name: string): string | undefined {
  const at = name.lastIndexOf(".");
  return at >= 0 && at < name.length - 1 ? name.slice(at + 1).toLowerCase() : undefined;
}

function lastSeparator(path: string): number {
  const backslash = path.lastIndexOf("\\");
  return backslash >= 0 ? backslash : path.lastIndexOf("/");
}
