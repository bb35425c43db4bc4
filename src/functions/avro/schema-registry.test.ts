/**
 * Catches records behind ids of schemas that are read by the wrong schema, before theirs is known, or asked for more than once; answers of a
 * registry that are taken for what they aren't; and secrets that get out.
 */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import { binary, int, schema, string } from "../../index.ts";
import { from_avro, to_avro } from "../../functions.ts";
import { systemClock, type Clock } from "../../base/clock.ts";
import { askByFetch, type AskHttp, type HttpAnswer, type HttpRequest } from "../../base/http.ts";
import { conformanceSession } from "../../../test/conformance/world.ts";

const USER_V1 = `{"type":"record","name":"User","fields":[{"name":"id","type":"int"},{"name":"name","type":"string"}]}`;
const USER_V2 = `{"type":"record","name":"User","fields":[{"name":"name","type":"string"},{"name":"id","type":"long"},{"name":"mail","type":["null","string"],"default":null}]}`;
const TYPE = "application/vnd.schemaregistry.v1+json";

/** What Confluent's documentation says of the API, as far as it is asked, and nothing else. */
class Registry {
  readonly schemas: { readonly schema: string; readonly schemaType?: string; readonly references?: readonly object[] }[] = [];
  readonly subjects = new Map<string, number[]>();
  readonly requests: string[] = [];
  authorization: string | undefined;
  /** Answers that come before all others. */
  failures: (number | Error)[] = [];

  register(subject: string, text: string, more: object = {}): number {
    let id = this.schemas.findIndex(one => one.schema === text) + 1;
    if (id === 0) id = this.schemas.push({ schema: text, ...more });
    const versions = this.subjects.get(subject) ?? [];
    if (!versions.includes(id)) this.subjects.set(subject, [...versions, id]);
    return id;
  }

  readonly ask: AskHttp = async request => {
    const url = new URL(request.url);
    this.requests.push(`${request.method} ${url.pathname}`);
    const failure = this.failures.shift();
    if (failure instanceof Error) throw failure;
    if (failure !== undefined) return { status: failure, body: `{"error_code":${failure}00,"message":"it fails"}` };
    if (request.headers["authorization"] !== this.authorization) return { status: 401, body: "{}" };
    if (!request.headers["accept"]!.includes(TYPE)) return { status: 406, body: "{}" };
    return this.#answer(request, url.pathname);
  };

  #answer({ method, body, headers }: HttpRequest, path: string): HttpAnswer {
    const found = (value: object): HttpAnswer => ({ status: 200, body: JSON.stringify(value) }), missing: HttpAnswer = { status: 404, body: `{"error_code":40403,"message":"Schema not found"}` };
    const byId = /^\/schemas\/ids\/(\d+)$/.exec(path), version = /^\/subjects\/([^/]+)\/versions\/(\w+)$/.exec(path), subject = /^\/subjects\/([^/]+)(\/versions)?$/.exec(path);
    if (method === "GET" && byId !== null) {
      const one = this.schemas[Number(byId[1]) - 1];
      return one === undefined ? missing : found(one);
    }
    if (method === "GET" && version !== null) {
      const ids = this.subjects.get(decodeURIComponent(version[1]!)) ?? [], id = version[2] === "latest" ? ids.at(-1) : ids[Number(version[2]) - 1];
      return id === undefined ? missing : found({ subject: version[1], version: ids.indexOf(id) + 1, id, ...this.schemas[id - 1] });
    }
    if (method === "POST" && subject !== null) {
      if (headers["content-type"] !== TYPE) return { status: 415, body: "{}" };
      const given = JSON.parse(body!) as { schema: string }, name = decodeURIComponent(subject[1]!);
      if (subject[2] !== undefined) return found({ id: this.register(name, given.schema) });
      const id = (this.subjects.get(name) ?? []).find(one => this.schemas[one - 1]!.schema === given.schema);
      return id === undefined ? missing : found({ id, version: 1, subject: name, schema: given.schema });
    }
    return missing;
  }
}

const framed = (id: number, hex: string): Uint8Array => Buffer.concat([Buffer.from([0, id >>> 24, id >>> 16, id >>> 8, id]), Buffer.from(hex, "hex")]);
const URL_OPTION = { "schema.registry.url": "http://registry:8081" };
const rejects = (promise: Promise<unknown>, condition: string, says: RegExp): Promise<void> => assert.rejects(promise, (error: Error & { condition?: string }) => error.condition === condition && says.test(error.message));

/** Pauses take no time. */
const HASTY: Clock = { ...systemClock, after: (_delay, call) => {
  const timer = setImmediate(call);
  return { cancel: () => clearImmediate(timer) };
} };

/** A session over a registry, and records as a table. */
function world(registry: Registry, http: AskHttp = registry.ask) {
  const { session } = conformanceSession({}, { http, clock: HASTY });
  return { session, frame: (...values: (Uint8Array | null)[]) => session.createDataFrame(values.map(value => ({ value })), schema({ value: binary() })) };
}

describe("a schema registry", () => {
  it("says how records are read that begin with an id; each id is asked for once", async () => {
    const registry = new Registry(), one = registry.register("users-value", USER_V1), two = registry.register("users-value", USER_V2), { session, frame } = world(registry);
    const records = frame(framed(one, "020461 62".replace(" ", "")), framed(two, "02630a0202 64".replace(" ", "")), null, framed(two, "00000 0".replace(" ", "")), framed(one, "060465 66".replace(" ", "")));
    const users = records.select(r => ({ u: from_avro(r.value, "", { ...URL_OPTION, "schema.registry.subject": "users-value" }) }));
    assert.deepEqual((await users.collect()).map(row => row.u), [{ name: "ab", id: 1n, mail: null }, { name: "c", id: 5n, mail: "d" }, null, { name: "", id: 0n, mail: null }, { name: "ef", id: 3n, mail: null }]);
    assert.deepEqual(registry.requests.toSorted(), ["GET /schemas/ids/1", "GET /schemas/ids/2", "GET /subjects/users-value/versions/latest"]);
    // A reader's schema that is given; the same session knows the ids, and asks again what is the latest.
    const given = records.select(r => ({ u: from_avro(r.value, `{"type":"record","name":"User","fields":[{"name":"id","type":"double"}]}`, URL_OPTION, schema({ id: int() })) }));
    assert.deepEqual((await given.collect()).map(row => row.u?.id), [1, 5, undefined, 0, 3]);
    await users.collect();
    assert.deepEqual(registry.requests.slice(3), ["GET /subjects/users-value/versions/latest"]);
    await session.stop();
  });

  it("is asked before rows that come later than the first batch", async () => {
    const registry = new Registry(), ids = Array.from({ length: 7 }, (_, i) => registry.register("s", `{"type":"record","name":"R","fields":[${i % 2 === 0 ? "" : `{"name":"x","type":"int"},`}{"name":"n${i}","type":"int"},{"name":"v","type":"int"}]}`)), { session } = world(registry);
    const rows = Array.from({ length: 20_000 }, (_, i) => ({ value: framed(ids[Math.floor(i / 3000)]!, `${Math.floor(i / 3000) % 2 === 0 ? "" : "14"}16${(2 * (i % 60)).toString(16).padStart(2, "0")}`), k: i % 3 }));
    const frame = session.createDataFrame(rows, schema({ value: binary(), k: int() }));
    // Behind a filter, a projection, a union and a join of nothing with it.
    frame.createOrReplaceTempView("records");
    const read = session.sql(`SELECT sum(v) AS s, count(*) AS n FROM (SELECT from_avro(b, '{"type":"record","name":"R","fields":[{"name":"v","type":"int"}]}', map('schema.registry.url', 'http://registry:8081')).v AS v
      FROM (SELECT concat(value, X'') AS b, k FROM records WHERE k < 2 UNION ALL SELECT value, k FROM records WHERE k = 2)) WHERE v IS NOT NULL`);
    assert.deepEqual(await read.collect(), [{ s: BigInt(rows.reduce((sum, _, i) => sum + i % 60, 0)), n: 20_000n }]);
    assert.deepEqual(registry.requests.toSorted(), ids.map(id => `GET /schemas/ids/${id}`));
    await session.stop();
  });

  it("makes malformed what has an id that it doesn't know, or none", async () => {
    const registry = new Registry(), one = registry.register("s", `"int"`), proto = registry.register("p", `syntax = "proto3";`, { schemaType: "PROTOBUF" }), { session, frame } = world(registry);
    const records = frame(framed(77, "02"), framed(one, "02"), Uint8Array.of(0, 0), Uint8Array.of(1, 0, 0, 0, 1, 2), new Uint8Array(0), framed(proto, "02"), framed(-1, "02"));
    const read = (mode: string) => records.select(r => ({ v: from_avro(r.value, `"int"`, { ...URL_OPTION, mode }) }));
    assert.deepEqual((await read("PERMISSIVE").collect()).map(row => row.v), [null, 1, null, null, null, null, null]);
    await rejects(read("FAILFAST").collect(), "MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION", /the schema registry has no schema 77 of Avro/);
    await session.stop();
  });

  it("resolves schemas that refer to others", async () => {
    const registry = new Registry();
    registry.register("address", `{"type":"record","name":"Address","namespace":"a","fields":[{"name":"city","type":"string"}]}`);
    const id = registry.register("user", `{"type":"record","name":"User","fields":[{"name":"home","type":"a.Address"},{"name":"work","type":["null","a.Address"]}]}`, { references: [{ name: "a.Address", subject: "address", version: 1 }] });
    const { session, frame } = world(registry);
    const read = frame(framed(id, "0261020462 63".replace(" ", ""))).select(r => ({ v: from_avro(r.value, "", { ...URL_OPTION, "schema.registry.subject": "user" }) }));
    assert.deepEqual((await read.collect()).map(row => row.v), [{ home: { city: "a" }, work: { city: "bc" } }]);
    await session.stop();
  });

  it("takes schemas that are written, under a subject", async () => {
    const registry = new Registry(), { session, frame } = world(registry);
    registry.register("other", `"long"`);
    const users = session.createDataFrame([{ id: 1, name: "a" }, { id: 2, name: null }], schema({ id: int().notNull(), name: string() }));
    const options = { ...URL_OPTION, "schema.registry.subject": "users/eu" };
    const written = users.select(r => ({ value: to_avro(r.id, undefined, options) }));
    const values = (await written.collect()).map(row => Buffer.from(row.value!).toString("hex"));
    assert.deepEqual([registry.schemas[1]!.schema, values], [`"int"`, ["000000000202", "000000000204"]]);
    assert.deepEqual(registry.requests, ["POST /subjects/users%2Feu/versions"]);
    // By its latest version.
    registry.register("users/eu", `["null","int"]`);
    const latest = users.select(r => ({ value: to_avro(r.id, undefined, { ...options, "schema.registry.use.latest.version": "true" }) }));
    assert.deepEqual((await latest.collect()).map(row => Buffer.from(row.value!).toString("hex")), ["00000000030202", "00000000030204"]);
    const back = frame(framed(3, "0206")).select(r => ({ v: from_avro(r.value, "", options) }));
    assert.deepEqual(await back.collect(), [{ v: 3 }]);
    // One that must be there already.
    await rejects(users.select(r => ({ value: to_avro(r.name, undefined, { ...options, "schema.registry.auto.register.schemas": "false" }) })).collect(), "MILLRACE_SCHEMA_REGISTRY", /the subject users\/eu has no such schema/);
    await session.stop();
  });

  it("is asked again when it gives no answer, and each address in turn", async () => {
    const registry = new Registry(), id = registry.register("s", `"int"`);
    registry.failures = [new Error("refused"), 503, 429];
    const hosts: string[] = [], { session, frame } = world(registry, request => { hosts.push(new URL(request.url).host); return registry.ask(request); });
    const read = frame(framed(id, "02")).select(r => ({ v: from_avro(r.value, "", { "schema.registry.url": "http://a:1, http://b:2/", "schema.registry.subject": "s" }) }));
    assert.deepEqual(await read.collect(), [{ v: 1 }]);
    assert.deepEqual(hosts, ["a:1", "b:2", "a:1", "b:2", "a:1"]);
    registry.failures = Array<number>(20).fill(500);
    await rejects(frame(framed(id + 1, "02")).select(r => ({ v: from_avro(r.value, `"int"`, URL_OPTION) })).collect(), "MILLRACE_SCHEMA_REGISTRY", /its answer was 500, 4 times/);
    await session.stop();
  });

  it("is told who asks, and no error tells a secret", async () => {
    const registry = new Registry(), id = registry.register("s", `"int"`), { session, frame } = world(registry);
    registry.authorization = `Basic ${Buffer.from("ann:se:cret").toString("base64")}`;
    process.env["MILLRACE_TEST_REGISTRY"] = "ann:se:cret";
    const read = (options: Record<string, string>) => frame(framed(id, "02")).select(r => ({ v: from_avro(r.value, "", { ...URL_OPTION, "schema.registry.subject": "s", ...options }) })).collect();
    assert.deepEqual(await read({ "schema.registry.basic.auth.user.info": "$MILLRACE_TEST_REGISTRY" }), [{ v: 1 }]);
    const denied = await read({ "schema.registry.bearer.auth.token": "wrong-token" }).catch((error: Error) => error);
    assert.match(String(denied), /refuses who asks \(401\)/);
    assert.doesNotMatch(String(denied), /wrong-token/);
    const inUrl = await read({ "schema.registry.url": "http://ann:secret@registry" }).catch((error: Error) => error);
    assert.match(String(inUrl), /basic\.auth\.user\.info/);
    assert.doesNotMatch(String(inUrl), /secret/);
    await rejects(read({ "schema.registry.ur": "x" }), "STDS_INVALID_OPTION_VALUE.WITH_MESSAGE", /did you mean schema.registry.url/);
    await rejects(read({ "schema.registry.version": "last" }), "STDS_INVALID_OPTION_VALUE.WITH_MESSAGE", /latest or the number/);
    await session.stop();
  });

  it("is reached over HTTP", async () => {
    const registry = new Registry(), id = registry.register("s", `"int"`);
    const server = createServer((request, response) => {
      void (async () => {
        let body = "";
        for await (const chunk of request) body += String(chunk);
        const { authorization, accept } = request.headers, answer = await registry.ask({ method: request.method as "GET", url: `http://host${request.url}`, headers: { accept: accept!, ...(authorization !== undefined && { authorization }), ...(request.headers["content-type"] !== undefined && { "content-type": request.headers["content-type"] }) }, body, timeoutMillis: 1 });
        response.writeHead(answer.status, { "content-type": TYPE }).end(answer.body);
      })();
    });
    await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve));
    const options = { "schema.registry.url": `http://127.0.0.1:${(server.address() as AddressInfo).port}`, "schema.registry.subject": "s" }, { session, frame } = world(registry, askByFetch);
    try {
      assert.deepEqual(await frame(framed(id, "02")).select(r => ({ v: from_avro(r.value, "", options) })).collect(), [{ v: 1 }]);
      const [row] = await frame(framed(id, "02")).select(r => ({ v: to_avro(r.value, undefined, options) })).collect();
      assert.equal(Buffer.from(row!.v!).toString("hex"), "0000000002000c000000000102");
    } finally {
      await session.stop();
      server.close();
    }
  });
});
