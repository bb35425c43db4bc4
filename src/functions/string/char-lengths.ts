/**
 * CHAR(n) and VARCHAR(n): lengths that a table's column was declared with. Expressions know them as plain text; what is written to
 * such a column is fitted, and CHARs are filled up with spaces when they are read (Spark's CharVarcharCodegenUtils).
 */
import type { Binding, ScalarFunction } from "../../plan/function.ts";
import type { Cell, MapCell } from "../../types/cell.ts";
import { array, STRING, type DataType } from "../../types/data-type.ts";
import { executionError } from "../errors.ts";

/** Whether a type has a CHAR or VARCHAR in it. */
export function holdsLengths(type: DataType): boolean {
  switch (type.kind) {
    case "char": case "varchar": return true;
    case "array": return holdsLengths(type.element);
    case "map": return holdsLengths(type.key) || holdsLengths(type.value);
    case "struct": return type.fields.some(field => holdsLengths(field.type));
    default: return false;
  }
}

/** The type with STRING in place of CHAR and VARCHAR. */
export function withoutLengths(type: DataType): DataType {
  if (!holdsLengths(type)) return type;
  switch (type.kind) {
    case "array": return array(withoutLengths(type.element), type.containsNull);
    case "map": return Object.freeze({ ...type, key: withoutLengths(type.key), value: withoutLengths(type.value) });
    case "struct": return Object.freeze({ ...type, fields: type.fields.map(field => ({ ...field, type: withoutLengths(field.type) })) });
    default: return STRING;
  }
}

/** Whether reading a type changes anything: it has a CHAR in it. */
export function isPadded(type: DataType): boolean {
  switch (type.kind) {
    case "char": return true;
    case "array": return isPadded(type.element);
    case "map": return isPadded(type.key) || isPadded(type.value);
    case "struct": return type.fields.some(field => isPadded(field.type));
    default: return false;
  }
}

/** Code points of a text; a text of as many code units needs no count. */
const lengthOf = (text: string): number => {
  let length = text.length;
  for (let i = 0; i < text.length - 1; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0xd800 && unit < 0xdc00) { length--; i++; }
  }
  return length;
};

/** A text filled up with spaces to `length` code points. */
export const padded = (text: string, length: number): string => {
  const own = lengthOf(text);
  return own >= length ? text : text + " ".repeat(length - own);
};

/** A text as a column of CHAR(limit) or VARCHAR(limit) takes it: spaces beyond the limit go, a CHAR is filled up. @throws ExecutionError EXCEED_LIMIT_LENGTH */
function fitted(text: string, limit: number, fills: boolean): string {
  const length = lengthOf(text);
  if (length <= limit) return fills ? text + " ".repeat(limit - length) : text;
  const spaces = text.length - text.replace(/ +$/, "").length;
  if (length - spaces > limit) throw executionError("EXCEED_LIMIT_LENGTH", "54006", `Exceeds char/varchar type length limitation: ${limit}.`, { limit: String(limit) });
  return text.slice(0, text.length - (length - limit));
}

type Change = (cell: Exclude<Cell, null>) => Cell;

function changeOf(type: DataType, text: (type: DataType) => Change | undefined): Change | undefined {
  const inner = (type: DataType): ((cell: Cell) => Cell) => {
    const change = changeOf(type, text);
    return cell => cell === null || change === undefined ? cell : change(cell);
  };
  if (!holdsLengths(type)) return undefined;
  switch (type.kind) {
    case "array": {
      const element = inner(type.element);
      return cell => (cell as readonly Cell[]).map(element);
    }
    case "map": {
      const key = inner(type.key), value = inner(type.value);
      return cell => ({ entries: (cell as MapCell).entries.map(([k, v]) => [key(k), value(v)] as const) });
    }
    case "struct": {
      const fields = type.fields.map(field => inner(field.type));
      return cell => (cell as readonly Cell[]).map((value, i) => fields[i]!(value));
    }
    default: return text(type);
  }
}

function changing(name: string, description: string, type: DataType, canRaise: boolean, text: (type: DataType) => Change | undefined): ScalarFunction {
  const plain = withoutLengths(type), change = changeOf(type, text) ?? (cell => cell);
  const binding: Binding = { type: plain, argTypes: [plain], ...(canRaise && { canRaise }), row: ([cell]) => change(cell as Exclude<Cell, null>) };
  return Object.freeze({ kind: "scalar" as const, name, usage: `${name}(value)`, description, cases: [], bind: () => binding });
}

/** Fits a value to the lengths of the column it is written to. */
export const fitting = (type: DataType): ScalarFunction => changing("char_varchar_write", "A value as a column with lengths takes it.", type, true,
  of => of.kind === "char" || of.kind === "varchar" ? cell => fitted(cell as string, of.length, of.kind === "char") : undefined);

/** Fills up the CHARs of a value that was read. */
export const padding = (type: DataType): ScalarFunction => changing("char_read", "A value with its CHARs filled up with spaces.", type, false,
  of => of.kind === "char" ? cell => padded(cell as string, of.length) : undefined);
