/** `millrace compact FOLDER`: few large files in place of the many that a streaming query wrote. */
import { parseArgs } from "node:util";
import { systemRandom } from "../base/clock.ts";
import { nodeFiles } from "../base/files.ts";
import { compactFolder } from "../connectors/files/compact.ts";
import { cleanPath } from "../connectors/files/listing.ts";
import { UsageError, type Terminal } from "./terminal.ts";

/** Returns the exit code. */
export async function compact(argv: readonly string[], terminal: Terminal): Promise<number> {
  let parsed;
  try {
    parsed = parseArgs({ args: [...argv], allowPositionals: true, options: { "target-bytes": { type: "string" }, "remove-replaced": { type: "boolean" }, option: { type: "string", multiple: true } } });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  const { positionals: [folder, ...more], values } = parsed, target = values["target-bytes"] === undefined ? undefined : Number(values["target-bytes"]);
  if (folder === undefined || more.length > 0) throw new UsageError("compact takes one folder");
  if (target !== undefined && !(Number.isSafeInteger(target) && target > 0)) throw new UsageError("--target-bytes takes a whole number above zero");
  const format = Object.fromEntries((values.option ?? []).map(one => {
    const at = one.indexOf("=");
    if (at < 1) throw new UsageError("--option takes name=value");
    return [one.slice(0, at), one.slice(at + 1)];
  }));
  const { filesBefore, filesAfter, rows, removed } = await compactFolder(nodeFiles, systemRandom, Date.now() * 1000, cleanPath(folder), { format, ...(target !== undefined && { targetBytes: target }), removeReplaced: values["remove-replaced"] === true });
  if (filesAfter === filesBefore) terminal.out(`${filesBefore} files: nothing to compact\n`);
  else terminal.out(`${filesBefore} files are ${filesAfter} now, with ${rows} rows${removed > 0 ? `; ${removed} files were removed` : "; the old files stay until --remove-replaced"}\n`);
  return 0;
}
