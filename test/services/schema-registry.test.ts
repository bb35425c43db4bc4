/** Catches records that a real schema registry's users write and we don't read, over a stream too, and schemas of ours that it refuses. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { binary, int, schema, session, string } from "../../src/index.ts";
import { from_avro, struct, to_avro } from "../../src/functions.ts";
import { installRegistry, registryFolder, registryJar } from "../../scripts/install-services.mjs";
import { ServiceProcess, freePort } from "./kit/service.ts";

test("records behind ids of a registry", async () => {
  installRegistry();
  const port = await freePort(), server = new ServiceProcess("Apicurio Registry", "java", ["-Xmx512m", "-XX:TieredStopAtLevel=1", `-Dquarkus.http.port=${port}`, "-jar", registryJar], { cwd: registryFolder }), folder = mkdtempSync(join(tmpdir(), "millrace-registry-"));
  const mill = session({ timeZone: "UTC" }), later = session({ timeZone: "UTC" });
  try {
    await server.says(/Listening on/);
    const options = { "schema.registry.url": `http://127.0.0.1:${port}/apis/ccompat/v7`, "schema.registry.subject": "users-value" }, Value = schema({ value: binary() });
    const first = mill.createDataFrame([{ id: 1, name: "a" }], schema({ id: int().notNull(), name: string() })).select(r => ({ value: to_avro(struct({ id: r.id, name: r.name }), undefined, options) }));
    const second = mill.createDataFrame([{ id: 2, name: "b", mail: "m" }], schema({ id: int().notNull(), name: string(), mail: string() })).select(r => ({ value: to_avro(struct({ id: r.id, name: r.name, mail: r.mail }), undefined, options) }));
    const records = [...await first.collect(), ...await second.collect()];
    assert.deepEqual(records.map(({ value }) => value![0]), [0, 0]);
    assert.notDeepEqual(records[0]!.value!.subarray(1, 5), records[1]!.value!.subarray(1, 5));

    // A session that has seen no id, over a stream; the reader's schema has a default for what the first lacks.
    const reader = `{"type":"record","name":"topLevelRecord","fields":[{"name":"id","type":"int"},{"name":"mail","type":["string","null"],"default":"none"}]}`;
    await mill.createDataFrame(records, Value).write.parquet(join(folder, "in"));
    const query = await later.readStream.schema(Value).parquet(join(folder, "in")).select(r => ({ u: from_avro(r.value, reader, options) }))
      .writeStream.format("json").option("path", join(folder, "out")).trigger({ availableNow: true }).start({ checkpointLocation: join(folder, "checkpoint") });
    await query.awaitTermination();
    assert.deepEqual(await later.read.schema("u STRUCT<id: INT, mail: STRING>").json(join(folder, "out")).collect(), [{ u: { id: 1, mail: "none" } }, { u: { id: 2, mail: "m" } }]);

    // The latest of the subject, and an id that nobody registered.
    const read = (value: Uint8Array) => mill.createDataFrame([{ value }], Value).select(r => ({ u: from_avro(r.value, "", { ...options, mode: "PERMISSIVE" }) })).collect();
    assert.deepEqual(await read(records[1]!.value!), [{ u: { id: 2, name: "b", mail: "m" } }]);
    assert.deepEqual(await read(Uint8Array.from([0, 0, 0, 0x27, 0x0f, 2])), [{ u: { id: null, name: null, mail: null } }]);
  } finally {
    await mill.stop();
    await later.stop();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});
