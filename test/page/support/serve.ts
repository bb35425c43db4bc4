/** Shows the scripted plant in a browser: `node --conditions=millrace-source test/page/support/serve.ts [port]`. */
import { startServer } from "../../../src/server/server.ts";
import { ManualClock } from "./manual-clock.ts";
import { plant, sceneBegin } from "./scenes.ts";

const clock = new ManualClock(sceneBegin), scene = plant(clock);
const page = await startServer({ engine: scene.engine, port: Number(process.argv[2] ?? 4040), clock, keepAlive: true });
scene.play(900);
setInterval(() => scene.play(0.1), 100);
console.log(page.url);
