/** bool_and, bool_or, bit_and, bit_or, bit_xor. */
import { physicalOf, widthOf } from "../../columns/vector.ts";
import { kernels } from "../../kernels/kernels.ts";
import type { AggregateFunction } from "../../plan/function.ts";
import { BOOLEAN } from "../../types/data-type.ts";
import { ANY_INTEGRAL } from "../coercion.ts";
import { accept, checkCount } from "../define.ts";
import { unexpectedType } from "../errors.ts";
import { gathered, seen, stepOf } from "./columnar.ts";
import { extreme } from "./extremes.ts";

function boolean(name: string, aliases: readonly string[], isOr: boolean): AggregateFunction {
  return {
    kind: "aggregate", name, aliases, usage: `${name}(condition)`, description: `True if ${isOr ? "any" : "every"} value that is not null is true.`, cases: [[`${name}(true)`, "true"], [`${name}(NULL)`, "NULL"]],
    bind(args, _settings, origin) {
      checkCount(name, args.length, 1, 1, origin);
      if (args[0]!.type.kind !== "boolean" && args[0]!.type.kind !== "string" && args[0]!.type.kind !== "void") throw unexpectedType(name, args, 0, "\"BOOLEAN\"", origin);
      return { type: BOOLEAN, nullable: true, argTypes: [BOOLEAN], implementation: extreme(BOOLEAN, isOr) };
    },
  };
}

function bits(name: string, kind: number, what: string): AggregateFunction {
  return {
    kind: "aggregate", name, usage: `${name}(expr)`, description: `The bitwise ${what} of the values that are not null.`, cases: [[`${name}(6)`, "6"]],
    bind(args, _settings, origin) {
      checkCount(name, args.length, 1, 1, origin);
      const type = accept(name, args, 0, ANY_INTEGRAL, origin), width = widthOf(physicalOf(type));
      return {
        type, nullable: true, argTypes: [type],
        implementation: {
          kind: "columnar", stateBytes: 16, merging: "any order",
          update: ([arg], rows, addresses, offset) => kernels().aggBits(kind, width, arg!.data, arg!.valid, stepOf(arg!), rows.pointer, rows.count, addresses, offset),
          merge: (to, from, count, offset) => kernels().aggMergeBits(to, from, count, offset, kind),
          finish: (addresses, count, offset, { arena }) => gathered(type, addresses, count, offset, seen(addresses, count, offset + 8, arena), arena),
        },
      };
    },
  };
}

export const bitFunctions: AggregateFunction[] = [
  boolean("bool_and", ["every"], false), boolean("bool_or", ["any", "some"], true), bits("bit_and", 0, "AND"), bits("bit_or", 1, "OR"), bits("bit_xor", 2, "XOR"),
];
