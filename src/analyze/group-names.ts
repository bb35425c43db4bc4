/**
 * Names over groups. HAVING asks the grouped rows first: a column of theirs is meant inside an aggregate, or where it is a key; what is
 * neither is a column of the select list (SPARK-31519). ORDER BY asks the select list first.
 */
import { MillraceError } from "../base/errors.ts";
import type { Origin } from "../plan/expressions.ts";
import type { SqlSettings } from "../plan/function.ts";
import type { Attribute, ResolvedExpression } from "../plan/resolved.ts";
import { unresolvedColumn } from "./errors.ts";
import { accessField } from "./fields.ts";
import { scopeSource, type NameSource } from "./name-lookup.ts";
import { proposalsFor, type SameName, type Scope } from "./scope.ts";

/** One place where a name stands. */
interface Place { readonly parts: readonly string[]; readonly origin: Origin | undefined }

/** Where a column of the grouped rows was taken for a name. */
const PLACES = new WeakMap<Attribute, Place>();

export const placeOfName = (attribute: Attribute): Place | undefined => PLACES.get(attribute);

/** Tells places apart, and knows one again when an expression is resolved once more. */
export const placeKey = ({ parts, origin }: Place): unknown => origin ?? parts.join(".");

/** What a source gives with the fields behind it; nothing where the name is ambiguous or the fields aren't there. */
export function tolerant(source: NameSource, same: SameName, settings: SqlSettings): NameSource {
  return (parts, origin, inAggregate) => {
    try {
      const found = source(parts, origin, inAggregate);
      return found === undefined ? undefined : { expression: parts.slice(found.used).reduce((child: ResolvedExpression, field) => accessField(child, field, same, settings, origin), found.expression), used: parts.length };
    } catch (error) {
      if (error instanceof MillraceError) return undefined;
      throw error;
    }
  };
}

/** Columns of the rows that are grouped, each with its place. */
export function groupedRows(rows: Scope, same: SameName, settings: SqlSettings): NameSource {
  const source = scopeSource(rows, same);
  return tolerant((parts, origin, inAggregate) => {
    const found = source(parts, origin, inAggregate);
    if (found === undefined) return undefined;
    const attribute = Object.freeze({ ...found.expression as Attribute });
    PLACES.set(attribute, { parts, origin });
    return { expression: attribute, used: found.used };
  }, same, settings);
}

/** A name was taken for a column that is no key: nobody knows the name, then. `list`: what the select list puts out. */
export function notGrouped(attribute: Attribute, list: Scope): Error | undefined {
  const place = PLACES.get(attribute);
  return place === undefined ? undefined : unresolvedColumn(place.parts, proposalsFor(place.parts, list), place.origin);
}
