/** Windows paths as text. Log values are hostile: nothing here touches a file system. */

/** What follows the last backslash (or slash): `process.name` and `file.name`. */
export function baseName(path: string): string {
  return path.slice(lastSeparator(path) + 1);
}

/** What stands before the last separator; `undefined` where there is none. `C:\x.exe` is in `C:`. */
export function directoryOf(path: string): string | undefined {
  const at = lastSeparator(path);
  return at > 0 ? path.slice(0, at) : undefined;
}

/** The part of a file name behind its last dot, lower-cased, without the dot. */
export function extensionOf(name: string): string | undefined {
  const at = name.lastIndexOf(".");
  return at >= 0 && at < name.length - 1 ? name.slice(at + 1).toLowerCase() : undefined;
}

function lastSeparator(path: string): number {
  const backslash = path.lastIndexOf("\\");
  return backslash >= 0 ? backslash : path.lastIndexOf("/");
}
