/** A person's function that makes rows, as a generator. */
import { callFailed } from "../eval/user-call.ts";
import type { GeneratorCall } from "../plan/resolved.ts";
import type { UserTable } from "../plan/user-functions.ts";
import { rowWriter, valueReader } from "../types/edge-values.ts";
import type { RowGenerator } from "./generate.ts";

/** A null where none is declared makes no rows, and the function isn't called. */
export function userGenerator(call: GeneratorCall, { parameters, output, call: body }: UserTable): RowGenerator {
  const readers = parameters.map(parameter => valueReader(parameter.type)), write = rowWriter(output);
  const called = { name: call.function.name, parameters, result: "table", origin: call.origin };
  return function* (cells) {
    if (cells.some((cell, i) => cell === null && !parameters[i]!.nullable)) return;
    const values = cells.map((cell, i) => readers[i]!(cell));
    try {
      const rows = body(...values);
      if (rows === undefined || rows === null) return;
      if (typeof rows !== "object" || !(Symbol.iterator in rows)) throw new TypeError("then" in Object(rows) || Symbol.asyncIterator in Object(rows) ? "it is async, and functions that make rows are synchronous" : "it gives no rows: write function* and yield { column: value, ... }, or return an array");
      for (const row of rows as Iterable<unknown>) {
        if (typeof row !== "object" || row === null) throw new TypeError(`a row is an object with the columns ${output.fields.map(field => field.name).join(", ")}; this is ${row === null ? "null" : `a ${typeof row}`}`);
        yield write(row);
      }
    } catch (error) {
      throw callFailed(called, error, { args: values });
    }
  };
}
