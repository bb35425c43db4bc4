/** Names of partition folders, `column=value`, with Hive's and Spark's escapes (ExternalCatalogUtils.escapePathName). */

/** What stands for null and for empty text. */
export const DEFAULT_PARTITION = "__HIVE_DEFAULT_PARTITION__";

/** ASCII that must not stand in a name: control characters and those that file systems or readers give a meaning. */
const ESCAPED = /[\u0000-\u001f"#%'*/:=?\\{[\]^\u007f]/g;

/** A name of one folder, whatever the text is: there is no `/` in it, and `.` and `..` can't come out, since `column=` stands in front. */
export function escapePathName(text: string): string {
  return text.replace(ESCAPED, c => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`);
}

/** Two hexadecimal digits behind a percent sign are a character; other percent signs stay. */
export function unescapePathName(text: string): string {
  return text.includes("%") ? text.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))) : text;
}

/** `value` as text; null and "" have a name of their own. */
export function partitionFolder(column: string, value: string | null): string {
  return `${escapePathName(column)}=${value === null || value === "" ? DEFAULT_PARTITION : escapePathName(value)}`;
}

/** Whether a folder's name says a column and a value. */
export function isPartitionFolder(name: string): boolean { return /^[^=]+=./.test(name); }

/** The column, and the value as it is written in the name. */
export function partitionOf(name: string): { readonly column: string; readonly raw: string } | undefined {
  if (!isPartitionFolder(name)) return undefined;
  const at = name.indexOf("=");
  return { column: unescapePathName(name.slice(0, at)), raw: name.slice(at + 1) };
}
