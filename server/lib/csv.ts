/** What a spreadsheet takes for the beginning of a formula, also in full width. A line break comes before one, too. */
const formula = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;
const special = /[",\r\n]/;

/**
 * A line of CSV (RFC 4180), with its end. A cell that a spreadsheet would run as a formula begins with an apostrophe,
 * which makes it text; the cell is then always quoted.
 */
export function csvLine(cells: readonly string[]): string {
  return `${cells.map(csvCell).join(",")}\r\n`;
}

function csvCell(text: string): string {
  const isFormula = formula.test(text);
  const safe = isFormula ? `'${text}` : text;
  return isFormula || special.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
