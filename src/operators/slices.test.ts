/** Catches slices that overlap, leave gaps, or are found at another time than the one they cover. */
import assert from "node:assert/strict";
import test from "node:test";
import { boundsOf, sliceAt, slicesOf } from "./slices.ts";

test("slices lie side by side, and each moment is in the one that covers it", () => {
  for (const [sizeMicros, slideMicros, startMicros] of [[10, 5, 0], [12, 5, 0], [12, 5, 3], [7, 3, 2], [100, 10, 0]] as const) {
    const slices = slicesOf({ sizeMicros, slideMicros, startMicros });
    let end = boundsOf(slices, -20n)[0];
    for (let slice = -20n; slice < 20n; slice++) {
      const bounds = boundsOf(slices, slice);
      assert.equal(bounds[0], end);
      assert.ok(bounds[1] > bounds[0]);
      for (let micros = bounds[0]; micros < bounds[1]; micros++) assert.equal(sliceAt(slices, micros), slice);
      end = bounds[1];
    }
  }
});
