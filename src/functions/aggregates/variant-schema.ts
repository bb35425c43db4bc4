/** schema_of_variant_agg: the schema that fits all values of a group. */
import type { AggregateFunction } from "../../plan/function.ts";
import { type VariantCell } from "../../types/cell.ts";
import { STRING } from "../../types/data-type.ts";
import { checkCount } from "../define.ts";
import { quoted, unexpectedType } from "../errors.ts";
import { mergeSchemas, schemaOfVariant, schemaText, type VariantSchema } from "../variant/variant-schema.ts";
import { objectAggregate } from "./objects.ts";

interface State { schema: VariantSchema }

export const variantSchemaAggregates: readonly AggregateFunction[] = [Object.freeze({
  kind: "aggregate" as const, name: "schema_of_variant_agg", usage: "schema_of_variant_agg(v)", description: "The schema that fits all VARIANT values of a group.",
  cases: [],
  bind: (args, _settings, origin) => {
    checkCount("schema_of_variant_agg", args.length, 1, 1, origin);
    if (args[0]!.type.kind !== "variant" && args[0]!.type.kind !== "void") throw unexpectedType("schema_of_variant_agg", args, 0, quoted("VARIANT"), origin);
    return {
      type: STRING, nullable: false,
      implementation: objectAggregate<State>({
        merging: "any order",
        create: () => ({ schema: { kind: "void" } }),
        update(state, [value]) { if (value !== null && value !== undefined) state.schema = mergeSchemas(state.schema, schemaOfVariant((value as VariantCell).variant)); return state; },
        merge(to, from) { to.schema = mergeSchemas(to.schema, from.schema); return to; },
        finish: state => schemaText(state.schema),
        stateType: STRING, encode: state => JSON.stringify(state.schema), decode: cell => ({ schema: JSON.parse(cell as string) as VariantSchema }),
      }),
    };
  },
} satisfies AggregateFunction)];
