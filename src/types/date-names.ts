/** Names of months and days in dates, by locale. */
import { AnalysisError } from "../base/errors.ts";

export interface DateNames {
  readonly months: readonly string[];
  readonly shortMonths: readonly string[];
  /** From Monday on. */
  readonly days: readonly string[];
  readonly shortDays: readonly string[];
  /** Before and after noon. */
  readonly halves: readonly string[];
}

const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
const DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const first3 = (name: string): string => name.slice(0, 3);
const ENGLISH: DateNames = { months: MONTHS, shortMonths: MONTHS.map(first3), days: DAYS, shortDays: DAYS.map(first3), halves: ["AM", "PM"] };

/** As they stand within dates, from the data of Unicode, which Java has too. @throws AnalysisError MILLRACE_INVALID_OPTION */
export function dateNames(locale: string | undefined): DateNames {
  if (locale === undefined || /^en\b/i.test(locale)) return ENGLISH;
  let tag: string;
  try { tag = Intl.getCanonicalLocales(locale.replaceAll("_", "-"))[0]!; } catch {
    throw new AnalysisError({ condition: "MILLRACE_INVALID_OPTION", sqlState: "22023", message: `Invalid value '${locale}' for option 'locale', must be a language tag such as de-DE.`, messageParameters: { option: "locale", value: locale } });
  }
  const part = (type: Intl.DateTimeFormatPartTypes, options: Intl.DateTimeFormatOptions) => {
    const format = new Intl.DateTimeFormat(tag, { timeZone: "UTC", calendar: "gregory", ...options });
    return (time: number): string => format.formatToParts(time).find(one => one.type === type)?.value ?? "";
  };
  // 2001 began on a Monday
  const months = MONTHS.map((_, i) => Date.UTC(2001, i, 15)), days = DAYS.map((_, i) => Date.UTC(2001, 0, 1 + i));
  return {
    months: months.map(part("month", { month: "long", day: "numeric" })), shortMonths: months.map(part("month", { month: "short", day: "numeric" })),
    days: days.map(part("weekday", { weekday: "long" })), shortDays: days.map(part("weekday", { weekday: "short" })), halves: [6, 18].map(hour => part("dayPeriod", { hour: "numeric", hour12: true })(Date.UTC(2001, 0, 1, hour))),
  };
}
