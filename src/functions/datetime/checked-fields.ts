/** Dates of numbers that may be none. */
import type { RowKernel } from "../../plan/function.ts";
import { checkedDays } from "../../types/datetime-text.ts";
import { arithmeticOverflow, executionError } from "../errors.ts";

const MONTH_NAMES = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

export function outOfBounds(message: string): Error {
  return executionError("DATETIME_FIELD_OUT_OF_BOUNDS.WITHOUT_SUGGESTION", "22023", `${message}.`, { rangeMessage: message });
}
function wrongDate(year: number, month: number, day: number): Error {
  if (month < 1 || month > 12) return outOfBounds(`Invalid value for MonthOfYear (valid values 1 - 12): ${month}`);
  if (day < 1 || day > 31) return outOfBounds(`Invalid value for DayOfMonth (valid values 1 - 28/31): ${day}`);
  return outOfBounds(day === 29 ? `Invalid date 'February 29' as '${year}' is not a leap year` : `Invalid date '${MONTH_NAMES[month - 1]!.toUpperCase()} ${day}'`);
}
export function dayOf(year: number, month: number, day: number): number {
  const days = checkedDays(year, month, day);
  if (Math.abs(year) > 999_999_999) throw outOfBounds(`Invalid value for Year (valid values -999999999 - 999999999): ${year}`);
  if (days === null) throw wrongDate(year, month, day);
  if ((days | 0) !== days) throw arithmeticOverflow("overflow");
  return days;
}

/** Errors become null where ANSI mode is off, or for a try_ function. */
export function lenient(row: RowKernel, isTry: boolean): RowKernel {
  return (args, context) => {
    if (!isTry && context.settings.ansi) return row(args, context);
    try {
      return row(args, context);
    } catch {
      return null;
    }
  };
}
