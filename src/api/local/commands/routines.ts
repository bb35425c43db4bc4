/** CREATE FUNCTION and DROP FUNCTION. */
import { Analyzer } from "../../../analyze/analyzer.ts";
import { nestedGenerator } from "../../../analyze/calls.ts";
import { fail, quoteIdentifiers, quoteParts } from "../../../analyze/errors.ts";
import { hasAggregate, hasGenerator, hasWindow } from "../../../analyze/expressions.ts";
import { checkRoutine } from "../../../analyze/routines.ts";
import type { AnalysisError } from "../../../base/errors.ts";
import { lookupFunction } from "../../../functions/registry.ts";
import { specialFunction } from "../../../analyze/special-functions.ts";
import type { CreateFunction, CreateJavaFunction, DropFunction } from "../../../plan/commands.ts";
import type { Relation } from "../../../plan/relations.ts";
import { ResourceMissing } from "../../../plan/resources.ts";
import { expressionToSql } from "../../../plan/print.ts";
import type { StructType } from "../../../types/data-type.ts";
import { CATALOG, schemaNotFound, type StoredRoutine } from "../catalog.ts";
import type { LocalEngine } from "../local-engine.ts";
import { namesIn, refuseTemporary } from "./references.ts";
import { NOTHING } from "./results.ts";

const isBuiltin = (name: string): boolean => lookupFunction(name) !== undefined || specialFunction(name) !== undefined || name === "range";

export function createFunction(engine: LocalEngine, command: CreateFunction): Relation | Promise<Relation> {
  const { catalog } = engine, plainName = command.name.at(-1)!, key = plainName.toLowerCase();
  const schema = command.temporary ? undefined : catalog.schemaOf(command.name);
  if (!command.temporary && schema === undefined) throw schemaNotFound(command.name.slice(0, -1));
  const routines = schema?.routines ?? catalog.routines, name = schema === undefined ? plainName : `${CATALOG}.${schema.name}.${plainName}`;
  const before = routines.get(key);
  if (before !== undefined && !command.replace) {
    if (command.ifNotExists) return NOTHING;
    const routineName = quoteParts(schema === undefined ? [plainName] : [schema.name, plainName]);
    throw fail("ROUTINE_ALREADY_EXISTS", "42723", `Cannot create the routine ${routineName} because a routine of that name already exists.\nChoose a different name, drop or replace the existing routine, or add the IF NOT EXISTS clause to tolerate a pre-existing routine.`, { routineName, newRoutineType: "routine", existingRoutineType: "routine" });
  }
  const settings = engine.snapshot(), readsData = reads(engine, command.body);
  const declared: StoredRoutine = {
    name, plainName, isTemporary: command.temporary, parameters: command.parameters, shown: command.parameters, body: command.body, bodySql: command.bodySql, settings,
    deterministic: command.deterministic ?? true, dataAccess: command.dataAccess ?? (readsData ? "READS SQL DATA" : "CONTAINS SQL"), createdMicros: engine.clock.nowMicros(),
    ...(command.returns !== undefined && { returns: command.returns }), ...(command.comment !== undefined && { comment: command.comment }),
    ...(command.table !== undefined && { table: command.table === "inferred" ? { kind: "struct", fields: [] } satisfies StructType : command.table }),
  };
  if (readsData && command.dataAccess === "CONTAINS SQL") throw fail("INVALID_SQL_FUNCTION_DATA_ACCESS", "42K0E", "Cannot create a SQL function with CONTAINS SQL that accesses a table/view or a SQL function that reads SQL data. Please use READS SQL DATA instead.");
  if (before !== undefined) refuseCycle(engine, plainName, command.body);
  if (schema !== undefined) refuseTemporary(engine, command.body, "FUNCTION", [schema.name, plainName]);
  const put = (): Relation => {
    routines.set(key, finished(engine, command, declared));
    return NOTHING;
  };
  const body = { kind: "project", input: { kind: "one_row" }, expressions: [] as readonly never[], body: command.body } as unknown as Relation;
  if (!engine.isOpened(body)) return engine.openSources(body).then(() => engine.withResources(put));
  try {
    return put();
  } catch (error) {
    if (!(error instanceof ResourceMissing)) throw error;
    return engine.withResources(put);
  }
}

/** Whether a body reads a table or a view, or calls a function that does. */
function reads({ catalog }: LocalEngine, body: CreateFunction["body"]): boolean {
  const { tables, functions } = namesIn(body);
  return tables.length > 0 || functions.some(called => catalog.lookupRoutine(called.split("."))?.dataAccess === "READS SQL DATA");
}

/** @throws AnalysisError CYCLIC_FUNCTION_REFERENCE if a function would call itself by way of others */
function refuseCycle({ catalog }: LocalEngine, name: string, body: CreateFunction["body"]): void {
  const walk = (from: CreateFunction["body"], path: readonly string[]): void => {
    for (const called of namesIn(from).functions) {
      if (called.toLowerCase() === name.toLowerCase()) {
        const path1 = [...path, name].join(" -> ");
        throw fail("CYCLIC_FUNCTION_REFERENCE", "42887", `Cyclic function reference detected: ${path1}.`, { path: path1 });
      }
      const routine = path.includes(called) ? undefined : catalog.lookupRoutine(called.split("."));
      if (routine !== undefined) walk(routine.body, [...path, routine.plainName]);
    }
  };
  walk(body, [name]);
}

/** The function with what its body gives, once that is found to be right. */
function finished(engine: LocalEngine, command: CreateFunction, routine: StoredRoutine): StoredRoutine {
  // While it is made a function does not know itself.
  const context = engine.analyzerContext(), key = routine.plainName.toLowerCase();
  const own = { ...context, lookupRoutine: (parts: readonly string[]) => {
    const found = engine.catalog.lookupRoutine(parts);
    if (parts.at(-1)!.toLowerCase() !== key || found !== undefined && found.isTemporary !== routine.isTemporary) return found;
    throw notFound(["default", routine.plainName]);
  } };
  const checked = checkRoutine(new Analyzer(own), own, routine);
  if ("columns" in checked) {
    const { fields } = checked.columns, table = command.table === "inferred" ? checked.columns : command.table!;
    if (fields.length !== table.fields.length) {
      throw fail("USER_DEFINED_FUNCTIONS.RETURN_COLUMN_COUNT_MISMATCH", "42601", `User defined function is invalid: The number of columns produced by the RETURN clause (num: \`${fields.length}\`) does not match the number of column names specified by the RETURNS clause (num: \`${table.fields.length}\`) of ${routine.plainName}.`, { outputSize: String(fields.length), returnParamSize: String(table.fields.length), name: routine.plainName });
    }
    return { ...routine, table };
  }
  if (hasGenerator(checked.expression) && "expression" in command.body) throw nestedGenerator(expressionToSql(command.body.expression), command.body.expression.origin);
  if (hasAggregate(checked.expression) || hasWindow(checked.expression)) {
    const query = "expression" in command.body ? expressionToSql(command.body.expression) : command.bodySql;
    throw fail("USER_DEFINED_FUNCTIONS.CANNOT_CONTAIN_COMPLEX_FUNCTIONS", "42601", `User defined function is invalid: SQL scalar function cannot contain aggregate/window/generate functions: ${query}`, { queryText: query });
  }
  return routine.returns === undefined ? { ...routine, returns: checked.expression.type } : routine;
}

export function createJavaFunction({ name, className }: CreateJavaFunction): never {
  throw fail("CANNOT_LOAD_FUNCTION_CLASS", "46103", `Cannot load class ${className} when registering the function ${quoteParts(name)}, please make sure it is on the classpath.`, { className, functionName: quoteIdentifiers(name) }, undefined, "there are no Java classes: write the function in SQL (RETURN ...), or in JavaScript");
}

function notFound(name: readonly string[]): AnalysisError {
  const routineName = quoteParts(name);
  return fail("ROUTINE_NOT_FOUND", "42883", `The routine ${routineName} cannot be found. Verify the spelling and correctness of the schema and catalog.\nIf you did not qualify the name with a schema and catalog, verify the current_schema() output, or qualify the name with the correct schema and catalog.\nTo tolerate the error on drop use DROP ... IF EXISTS.`, { routineName });
}

export function dropFunction(engine: LocalEngine, command: DropFunction): Relation {
  const { catalog } = engine, name = command.name.at(-1)!, key = name.toLowerCase();
  if (command.temporary) {
    if (catalog.routines.delete(key)) return NOTHING;
    if (isBuiltin(key)) throw forbidden(name);
    if (!command.ifExists) throw notFound([name]);
    return NOTHING;
  }
  const schema = catalog.schemaOf(command.name);
  if (schema?.routines.delete(key) === true) return NOTHING;
  if (command.name.length === 1 && catalog.routines.has(key)) {
    throw fail("EXPECT_PERSISTENT_FUNCTION_NOT_TEMP", "42809", `\`${name}\` is a temporary function. 'DROP FUNCTION' expects a persistent function. Please use DROP TEMPORARY FUNCTION to drop a temporary function.`, { functionName: `\`${name}\``, operation: "DROP FUNCTION" });
  }
  if (command.name.length === 1 && isBuiltin(key)) throw forbidden(name);
  if (!command.ifExists) throw notFound([schema?.name ?? command.name.at(-2) ?? catalog.currentSchema, name]);
  return NOTHING;
}

const forbidden = (name: string): AnalysisError => fail("FORBIDDEN_OPERATION", "42809", `The operation DROP is not allowed on the FUNCTION: \`${name}\`.`, { statement: "DROP", objectType: "FUNCTION", objectName: `\`${name}\`` });
