// Kernels of expressions, by family.
export { validAnd, selectTrue, selectNotTrue, selectByValidity, selectUndecided, combineLogical, notRows, validityRows, nullSafe, copyRows, fillRows } from "./expression-select";
export { compare, selectCompare } from "./expression-compare";
export { arithmetic, decimalSum, decimalProduct, floorDivide, convert } from "./expression-arithmetic";
export { stringLength, longBytes, changeCase, substringViews, stringTest, joinedBytes, joinStrings } from "./expression-strings";
