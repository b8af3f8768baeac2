/** FNV-1a over the UTF-16 units of several texts one after the other, 32 bits: an index holds it cheaply. It only narrows. */
export function shortHash(...texts: readonly string[]): number {
  let hash = 0x811c9dc5;
  for (const text of texts) {
    for (let index = 0; index < text.length; index += 1) {
      hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
    }
  }
  return hash | 0;
}
