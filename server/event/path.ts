/** Windows paths as text. Log values are untrusted: nothing here accesses a file system. */

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
