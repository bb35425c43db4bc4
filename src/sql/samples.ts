/** TABLESAMPLE behind a relation. */
import type { Relation } from "../plan/relations.ts";
import type { SqlCursor } from "./cursor.ts";
import { expression } from "./expressions.ts";

/** `TABLESAMPLE (10 PERCENT)`, `(5 ROWS)`, `(BUCKET 1 OUT OF 4)`. */
export function sampled(cursor: SqlCursor, first: number, input: Relation): Relation {
  const at = cursor.position;
  if (!(cursor.isWord("TABLESAMPLE") && cursor.isSymbol("(", 1))) return input;
  cursor.position += 2;
  const fraction = (lowerBound: number, upperBound: number, place: number): Relation => {
    if (!(upperBound >= 0 && upperBound <= 1)) throw cursor.error(place, "INVALID_TABLESAMPLE_FRACTION", "22023", `The sampling fraction ${upperBound} must be between 0 and 1.`, { fraction: String(upperBound) });
    cursor.expectSymbol(")");
    const seed = takeSeed(cursor);
    return Object.freeze({ kind: "sample", input, lowerBound, upperBound, withReplacement: false, ...(seed === undefined ? {} : { seed }), origin: cursor.originFrom(first) });
  };
  if (cursor.isWord("BUCKET") && cursor.isKind("number", 1)) {
    cursor.position++;
    const numerator = Number(cursor.integer());
    cursor.expectWords("OUT", "OF");
    const denominator = Number(cursor.integer());
    if (cursor.takeWords("ON")) {
      const isCall = cursor.isSymbol("(", 1);
      expression(cursor);
      cursor.expectSymbol(")");
      throw unsupportedSample(cursor, at, `BUCKET x OUT OF y ON ${isCall ? "function" : "colname"}`);
    }
    return fraction(0, numerator / denominator, at);
  }
  const sign = cursor.isSymbol("-") ? 1 : 0;
  if (cursor.isKind("number", sign) && cursor.isWord("PERCENT", sign + 1)) {
    const at = cursor.position, percent = Number(cursor.peek(sign).value) * (sign === 1 ? -1 : 1);
    cursor.position += sign + 2;
    return fraction(0, percent / 100, at);
  }
  if (cursor.isSymbol(")")) throw cursor.error(cursor.position, "_LEGACY_ERROR_TEMP_0016", "42000", "TABLESAMPLE does not accept empty inputs.");
  const limit = expression(cursor);
  if (cursor.isSymbol(")")) {
    cursor.position++;
    throw unsupportedSample(cursor, at, "byteLengthLiteral");
  }
  cursor.expectWords("ROWS");
  cursor.expectSymbol(")");
  takeSeed(cursor);
  return Object.freeze({ kind: "limit", input, limit, origin: cursor.originFrom(first) });
}

function unsupportedSample(cursor: SqlCursor, first: number, what: string): Error {
  return cursor.error(first, "_LEGACY_ERROR_TEMP_0015", "42000", `TABLESAMPLE(${what}) is not supported.`, { msg: what });
}

function takeSeed(cursor: SqlCursor): bigint | undefined {
  if (!(cursor.isWord("REPEATABLE") && cursor.isSymbol("(", 1))) return undefined;
  cursor.position += 2;
  const seed = cursor.integer();
  cursor.expectSymbol(")");
  return seed;
}
