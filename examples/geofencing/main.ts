/**
 * A fleet and the zones that it may be in: each vehicle's entries and exits. Positions are joined with the table of
 * zones by grid cell, so that a position meets only the zones near it, and then measured; a program with state a vehicle
 * remembers in which zones it was.
 */
import { array, bigint, double, schema, session, string, timestamp, valueState, type Column, type DataFrame, type Infer } from "millrace";
import { asin, cos, explode, expr, floor, pow, radians, sin, sqrt } from "millrace/functions";
import { writeInput } from "../lib/input.ts";
import { ZONES, positions } from "./data.ts";

export const Position = schema({ at: timestamp().notNull(), vehicle: string().notNull(), latitude: double().notNull(), longitude: double().notNull() });
export const Zone = schema({ zone: string().notNull(), latitude: double().notNull(), longitude: double().notNull(), metres: double().notNull() });
export const Crossing = schema({ vehicle: string().notNull(), at: timestamp().notNull(), zone: string().notNull(), what: string().notNull() });
export type Position = Infer<typeof Position>;
export type Zone = Infer<typeof Zone>;

const Cells = array(bigint());
/** Each zone once for every cell that it may touch, of a grid of a fiftieth of a degree. */
const gridded = (zones: DataFrame<Zone>) => zones
  .withColumn("row", explode(expr("sequence(floor((latitude - metres / 111000) * 50), floor((latitude + metres / 111000) * 50))", Cells)))
  .withColumn("column", explode(expr("sequence(floor((longitude - metres / 111000 / cos(radians(latitude))) * 50), floor((longitude + metres / 111000 / cos(radians(latitude))) * 50))", Cells)));

type Degrees = Column<number>;
/** Along the surface, by the haversine formula. */
const metresBetween = (a: { latitude: Degrees; longitude: Degrees }, b: { latitude: Degrees; longitude: Degrees }) => {
  const half = (degrees: Degrees) => pow(sin(radians(degrees).div(2)), 2);
  return asin(sqrt(half(b.latitude.minus(a.latitude)).plus(cos(radians(a.latitude)).mul(cos(radians(b.latitude))).mul(half(b.longitude.minus(a.longitude)))))).mul(2 * 6_371_000);
};

/** One row for each zone that a position is in; one without a zone, if it is in none. */
const located = (positions: DataFrame<Position>, zones: DataFrame<Zone>) => positions
  .join(gridded(zones), (p, z) => floor(p.latitude.mul(50)).eq(z.row).and(floor(p.longitude.mul(50)).eq(z.column)).and(metresBetween(p, z).lte(z.metres)), "left")
  .select((p, z) => ({ at: p.at, vehicle: p.vehicle, zone: z.zone }));

export const crossings = (positions: DataFrame<Position>, zones: DataFrame<Zone>) => located(positions, zones)
  .groupBy("vehicle")
  .transformWithState({
    name: "geofence", output: Crossing, state: { inside: valueState(array(string().notNull())) },
    *handleInputRows({ vehicle }, rows, { state }) {
      // A vehicle sends its positions in order; those of a batch come in any.
      const zonesAt = [...Map.groupBy(rows, row => row.at.epochMicros)].sort(([a], [b]) => (a < b ? -1 : 1));
      let inside = state.inside.get() ?? [];
      for (const [, found] of zonesAt) {
        const at = found[0]!.at, now = found.flatMap(({ zone }) => zone ?? []).sort();
        for (const zone of now) if (!inside.includes(zone)) yield { vehicle, at, zone, what: "enters" };
        for (const zone of inside) if (!now.includes(zone)) yield { vehicle, at, zone, what: "leaves" };
        inside = now;
      }
      state.inside.update(inside);
    },
  });

if (import.meta.main) {
  await using mill = session({ timeZone: "UTC" });
  const moved = mill.readStream.schema(Position).json(writeInput(".millrace/examples/positions", positions(20), 1_000), { maxFilesPerTrigger: 1 });
  const query = await crossings(moved, mill.createDataFrame(ZONES, Zone)).writeStream.trigger({ availableNow: true }).format("console").start();
  await query.awaitTermination();
}
