/** Catches rows that are lost or doubled when the process is killed; the long campaign is in test/crash. */
import test from "node:test";
import { killAtRandom, newCampaign, race } from "../crash/campaign.ts";

test("20 kills and 3 races leave the same rows and files", async () => {
  const campaign = await newCampaign();
  try {
    await killAtRandom(campaign, 20);
    await race(campaign, 3);
  } finally {
    campaign.close();
  }
});
