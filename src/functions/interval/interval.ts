/** Construction of intervals. */
import type { ScalarFunction } from "../../plan/function.ts";
import type { Cell } from "../../types/cell.ts";
import { CALENDAR_INTERVAL, DAY_TIME_INTERVAL, YEAR_MONTH_INTERVAL, decimal } from "../../types/data-type.ts";
import { AS, exactly } from "../coercion.ts";
import { scalar } from "../define.ts";
import { intervalOverflow } from "../errors.ts";
import { int64 } from "../operators/datetime-arithmetic.ts";

const SECONDS = exactly(decimal(18, 6));
const int32 = (value: number): number => { if (value > 2147483647 || value < -2147483648) throw intervalOverflow(); return value; };
const at = (args: readonly Cell[], i: number): number => (args[i] as number | undefined) ?? 0;
const micros = (hours: number, minutes: number, seconds: Cell | undefined): bigint => BigInt(hours) * 3_600_000_000n + BigInt(minutes) * 60_000_000n + ((seconds as bigint | undefined) ?? 0n);

const calendar = (name: string, isTry: boolean): ScalarFunction => scalar({
  name, usage: `${name}([years[, months[, weeks[, days[, hours[, mins[, secs]]]]]]])`, description: "An interval of its parts.", cases: [[`${name}(100, 11, 1, 1, 12, 30, 1.001001)`, "100 years 11 months 8 days 12 hours 30 minutes 1.001001 seconds"]],
  params: [AS.int, AS.int, AS.int, AS.int, AS.int, AS.int, SECONDS], optional: 7, returns: CALENDAR_INTERVAL, canRaise: !isTry,
  make: call => ({
    nullable: isTry || !call.settings.ansi, row: args => {
      try {
        return { months: int32(at(args, 0) * 12 + at(args, 1)), days: int32(at(args, 2) * 7 + at(args, 3)), micros: int64(micros(at(args, 4), at(args, 5), args[6])) };
      } catch (error) {
        if (isTry || !call.settings.ansi) return null;
        throw error;
      }
    },
  }),
});

export const intervalFunctions: readonly ScalarFunction[] = [
  calendar("make_interval", false), calendar("try_make_interval", true),
  scalar({ name: "make_dt_interval", usage: "make_dt_interval([days[, hours[, mins[, secs]]]])", description: "A day-time interval of its parts.", cases: [["make_dt_interval(1, 12, 30, 01.001001)", "INTERVAL '1 12:30:01.001001' DAY TO SECOND"]], params: [AS.int, AS.int, AS.int, SECONDS], optional: 4, returns: DAY_TIME_INTERVAL, canRaise: true, row: args => int64(BigInt(at(args, 0)) * 86_400_000_000n + micros(at(args, 1), at(args, 2), args[3])) }),
  scalar({ name: "make_ym_interval", usage: "make_ym_interval([years[, months]])", description: "A year-month interval of its parts.", cases: [["make_ym_interval(1, 2)", "INTERVAL '1-2' YEAR TO MONTH"]], params: [AS.int, AS.int], optional: 2, returns: YEAR_MONTH_INTERVAL, canRaise: true, row: args => int32(at(args, 0) * 12 + at(args, 1)) }),
];
