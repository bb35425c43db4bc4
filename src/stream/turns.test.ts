/** Catches looks into state that run while a batch does, pile up in front of one, or wait for ever for a batch that waits for them. */
import assert from "node:assert/strict";
import test from "node:test";
import { MillraceError } from "../base/errors.ts";
import { ManualClock } from "../testing/manual-clock.ts";
import { Turns } from "./turns.ts";

const isBusy = (error: unknown): boolean => error instanceof MillraceError && error.condition === "MILLRACE_STATE_BUSY";

test("one after the other, also after one that failed", async () => {
  const turns = new Turns(new ManualClock(0)), order: string[] = [];
  const step = (name: string) => async (): Promise<void> => {
    order.push(`${name} begins`);
    await new Promise<void>(resolve => { setImmediate(resolve); });
    order.push(`${name} ends`);
    if (name === "bad") throw new Error("bad");
  };
  const all = [turns.take(step("batch")), turns.visit(step("bad")), turns.take(step("next"))];
  assert.deepEqual((await Promise.allSettled(all)).map(one => one.status), ["fulfilled", "rejected", "fulfilled"]);
  assert.deepEqual(order, ["batch begins", "batch ends", "bad begins", "bad ends", "next begins", "next ends"]);
});

test("a batch that takes long is not waited for, and the look does not come after it", async () => {
  const clock = new ManualClock(0), turns = new Turns(clock), batch = Promise.withResolvers<void>();
  const running = turns.take(() => batch.promise), looks: string[] = [];
  const look = turns.visit(async () => { looks.push("looked"); });
  const others = Array.from({ length: 7 }, () => turns.visit(async () => {}));
  await assert.rejects(turns.visit(async () => {}), isBusy, "the ninth");
  const ended = Promise.allSettled([look, ...others]);
  await clock.advance(11_000_000);
  assert.ok((await ended).every(one => one.status === "rejected" && isBusy(one.reason)));
  batch.resolve();
  await running;
  assert.equal(await turns.visit(async () => "now"), "now");
  assert.deepEqual(looks, []);
});
