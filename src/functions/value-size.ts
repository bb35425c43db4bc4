/** Functions whose result is as large as a number says: how large one value may become. Spark's own bound of arrays is 2,147,483,632 elements. */
import { ExecutionError } from "../base/errors.ts";
import { executionError } from "./errors.ts";

const MAX_ELEMENTS = 1 << 25, MAX_BYTES = 1 << 28;
/** Spark's bound of an array. */
export const MAX_ARRAY = 2_147_483_632;

export const valueTooLarge = (name: string, size: number | bigint, bound: number, unit: string): ExecutionError => new ExecutionError({
  condition: "MILLRACE_VALUE_TOO_LARGE", sqlState: "54000", message: `The result of \`${name}\` would have ${size} ${unit}; one value has at most ${bound}.`,
  messageParameters: { functionName: `\`${name}\``, size: String(size), limit: String(bound) },
});

/** @throws ExecutionError COLLECTION_SIZE_LIMIT_EXCEEDED.* as Spark has it; MILLRACE_VALUE_TOO_LARGE above 33,554,432 elements */
export function checkElements(name: string, count: number | bigint, sub: "PARAMETER" | "FUNCTION" = "PARAMETER"): void {
  if (count <= MAX_ELEMENTS) return;
  if (count <= MAX_ARRAY) throw valueTooLarge(name, count, MAX_ELEMENTS, "elements");
  throw executionError(`COLLECTION_SIZE_LIMIT_EXCEEDED.${sub}`, "54000", `Can't create array with ${count} elements which exceeding the array size limit ${MAX_ARRAY}, ${sub === "PARAMETER" ? `the value of parameter(s) \`count\` in the function \`${name}\` is invalid` : `unsuccessful try to create arrays in the function \`${name}\``}.`,
    { numberOfElements: String(count), maxRoundedArrayLength: String(MAX_ARRAY), functionName: `\`${name}\``, ...(sub === "PARAMETER" && { parameter: "`count`" }) });
}

/** @throws ExecutionError MILLRACE_VALUE_TOO_LARGE above 268,435,456 characters or bytes */
export function checkBytes(name: string, size: number): void {
  if (size > MAX_BYTES) throw valueTooLarge(name, size, MAX_BYTES, "characters or bytes");
}
