/**
 * 32-bit FNV-1a over the UTF-16 units of the concatenated texts: cheap to index. Collisions are possible, so it only
 * prefilters.
 */
export function shortHash(...texts: readonly string[]): number {
  let hash = 0x811c9dc5;
  for (const text of texts) {
    for (let index = 0; index < text.length; index += 1) {
      hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
    }
  }
  return hash | 0;
}
