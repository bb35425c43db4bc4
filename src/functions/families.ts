/** The families of the function library, in no particular order. */
import type { FunctionEntry } from "../plan/function.ts";
import { aggregateFunctions } from "./aggregates/index.ts";
import { avroFunctions } from "./avro/avro-functions.ts";
import { bitwiseFunctions } from "./bitwise/bitwise.ts";
import { castFunctions } from "./cast/cast-functions.ts";
import { accessFunctions } from "./collection/access.ts";
import { arrayFunctions } from "./collection/array.ts";
import { shuffleFunctions } from "./collection/shuffle.ts";
import { vectorFunctions } from "./collection/vector.ts";
import { csvFunctions } from "./csv/csv.ts";
import { dateFunctions } from "./datetime/dates.ts";
import { fieldFunctions } from "./datetime/fields.ts";
import { parsingFunctions } from "./datetime/parsing.ts";
import { timeFunctions } from "./datetime/times.ts";
import { aesFunctions } from "./hash/aes.ts";
import { geoFunctions } from "./geo/geo.ts";
import { hashFunctions } from "./hash/hash.ts";
import { intervalFunctions } from "./interval/interval.ts";
import { jsonFunctions } from "./json/json.ts";
import { lambdaFunctions } from "./lambda/lambda.ts";
import { mathFunctions } from "./math/math.ts";
import { randomFunctions } from "./math/random.ts";
import { roundingFunctions } from "./math/rounding.ts";
import { javaFunctions } from "./misc/java.ts";
import { miscFunctions } from "./misc/misc.ts";
import { arithmeticFunctions } from "./operators/arithmetic.ts";
import { assertions } from "./operators/assert-not-null.ts";
import { comparisonFunctions } from "./operators/comparison.ts";
import { logicFunctions } from "./operators/logic.ts";
import { protobufFunctions } from "./protobuf/protobuf-functions.ts";
import { regexpFunctions } from "./regexp/regexp.ts";
import { countMinFunctions } from "./sketches/count-min.ts";
import { hllFunctions } from "./sketches/hll.ts";
import { kllFunctions } from "./sketches/kll.ts";
import { thetaFunctions } from "./sketches/theta.ts";
import { topKFunctions } from "./sketches/top-k.ts";
import { tupleFunctions } from "./sketches/tuple.ts";
import { collateFunctions } from "./string/collate.ts";
import { encodingFunctions } from "./string/encoding.ts";
import { formattingFunctions } from "./string/formatting.ts";
import { variantFunctions } from "./variant/variant.ts";
import { stringFunctions } from "./string/string.ts";
import { xmlFunctions } from "./xml/xml-functions.ts";

export const families: readonly (readonly FunctionEntry[])[] = [
  arithmeticFunctions, comparisonFunctions, logicFunctions, assertions, bitwiseFunctions, mathFunctions, roundingFunctions, randomFunctions, stringFunctions,
  dateFunctions, fieldFunctions, parsingFunctions,
  arrayFunctions, accessFunctions, lambdaFunctions, regexpFunctions, encodingFunctions, hashFunctions, jsonFunctions, intervalFunctions, miscFunctions,
  castFunctions, timeFunctions, vectorFunctions, aesFunctions, formattingFunctions, variantFunctions, csvFunctions, avroFunctions, protobufFunctions, xmlFunctions, shuffleFunctions, javaFunctions, collateFunctions, geoFunctions,
  aggregateFunctions, hllFunctions, thetaFunctions, tupleFunctions, kllFunctions, topKFunctions, countMinFunctions,
];
