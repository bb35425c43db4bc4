/**
 * Two rules on card payments: more than four within a minute (velocity), and two so far apart that nobody travels that
 * fast (impossible travel). Payments arrive out of order, so each waits until the watermark has passed it, and a card's
 * payments are judged in the order of their times: the alerts are the same however the payments arrived.
 */
import { double, listState, schema, session, string, struct, timestamp, valueState, type DataFrame, type Infer, type Timestamp } from "millrace";
import { distance } from "../lib/distance.ts";
import { writeInput } from "../lib/input.ts";
import { payments } from "./data.ts";

export const Payment = schema({ at: timestamp().notNull(), card: string().notNull(), amount: double().notNull(), latitude: double().notNull(), longitude: double().notNull() });
export const Alert = schema({ card: string().notNull(), at: timestamp().notNull(), rule: string().notNull(), detail: string().notNull() });
export type Payment = Infer<typeof Payment>;

const MOST_A_MINUTE = 4, FASTEST_KMH = 900;
const Place = struct({ at: timestamp().notNull(), latitude: double().notNull(), longitude: double().notNull() });

export const alerts = (paid: DataFrame<Payment>) => paid
  .withWatermark("at", "30 seconds")
  .groupBy("card")
  .transformWithState({
    name: "card-fraud", timeMode: "EventTime", output: Alert,
    state: { waiting: listState(Place), minute: listState(timestamp()), last: valueState(Place) },
    *handleInputRows(_key, rows, { state, timers }) {
      for (const { at, latitude, longitude } of rows) {
        state.waiting.append({ at, latitude, longitude });
        timers.register(at);
      }
    },
    *handleExpiredTimer({ card }, now, { state }) {
      const waiting = [...state.waiting.get()], due = waiting.filter(payment => payment.at <= now), later = waiting.filter(payment => payment.at > now);
      if (later.length > 0) state.waiting.put(later);
      else state.waiting.clear();
      for (const payment of due) {
        const minute = [...[...state.minute.get()].filter(at => secondsBetween(at, payment.at) < 60), payment.at], last = state.last.get();
        if (minute.length > MOST_A_MINUTE) yield { card, at: payment.at, rule: "velocity", detail: `${minute.length} payments in a minute` };
        if (last !== null) {
          const kilometres = distance(last, payment), hours = secondsBetween(last.at, payment.at) / 3600;
          if (kilometres > 50 && kilometres > hours * FASTEST_KMH) yield { card, at: payment.at, rule: "impossible travel", detail: `${Math.round(kilometres)} km in ${Math.round(hours * 60)} minutes` };
        }
        state.minute.put(minute);
        state.last.update(payment);
      }
    },
  });

const secondsBetween = (from: Timestamp, to: Timestamp): number => Number(to.epochMicros - from.epochMicros) / 1e6;

if (import.meta.main) {
  await using mill = session({ timeZone: "UTC" });
  const paid = mill.readStream.schema(Payment).json(writeInput(".millrace/examples/payments", payments(500), 1_000), { maxFilesPerTrigger: 1 });
  const query = await alerts(paid).writeStream.trigger({ availableNow: true }).format("console").option("truncate", false).start();
  await query.awaitTermination();
}
