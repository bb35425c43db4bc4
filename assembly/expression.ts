// Kernels of expressions, by family.
export { validAnd, selectTrue, selectNotTrue, selectByValidity, selectUndecided, combineLogical, notRows, validityRows, nullSafe, copyRows, fillRows, orRows } from "./expression-select";
export { compare, selectCompare } from "./expression-compare";
export { arithmetic, decimalSum, decimalProduct, floorDivide, convert, decimalProductWide, decimalSumWide, decimalProductMixed, decimalProductChecked, scaleUp, scaleDown, dateField, clockField } from "./expression-arithmetic";
export { stringLength, longBytes, changeCase, substringViews, stringTest, joinedBytes, joinStrings, integersToViews, viewsToIntegers, timestampsToViews, datesToViews } from "./expression-strings";
