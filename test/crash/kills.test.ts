/** Catches rows that are lost or doubled when the process is killed at any instant, and two runners that both write. */
import test, { after, before } from "node:test";
import { killAtRandom, newCampaign, race, type Campaign } from "./campaign.ts";

const KILLS = Number(process.env["MILLRACE_KILLS"] ?? "200"), RACES = Number(process.env["MILLRACE_RACES"] ?? "200");
let campaign: Campaign;
before(async () => { campaign = await newCampaign(); });
after(() => campaign.close());

test(`${KILLS} kills at random instants leave the same rows and files`, () => killAtRandom(campaign, KILLS));
test(`${RACES} races of two runners on one checkpoint leave the same rows`, () => race(campaign, RACES));
