/**
 * Writes `src/api/schema.ts` from `docs/openapi.json`. Runs apart from the application because the
 * generator needs the compiler interface of TypeScript 5.
 */
import { readFile, writeFile } from "node:fs/promises";
import openapiTS, { astToString } from "openapi-typescript";

const source = new URL("../../../docs/openapi.json", import.meta.url);
const target = new URL("../../src/api/schema.ts", import.meta.url);

/** What clients send may leave fields out; what the server sends has every field, `null` or not. */
const SENT = [
  "CreateWorkspace",
  "Enter",
  "GrantRequest",
  "OpenTerminal",
  "Source",
  "StartSession",
  "UpdateWorkspace",
];
/** Fields that the server leaves out when there is nothing to say. */
const LEFT_OUT = { FileEntry: ["target"], WireError: ["details"] };

function requireAll(schema, except = []) {
  for (const part of [...(schema.oneOf ?? []), ...(schema.allOf ?? [])]) requireAll(part, except);
  if (schema.properties === undefined) return;
  schema.required = Object.keys(schema.properties).filter((name) => !except.includes(name));
}

const document = JSON.parse(await readFile(source, "utf8"));
for (const [name, schema] of Object.entries(document.components.schemas)) {
  if (!SENT.includes(name)) requireAll(schema, LEFT_OUT[name]);
}
// Operations are known by method and path here; their names need not be unique.
for (const path of Object.values(document.paths)) {
  for (const operation of Object.values(path)) delete operation.operationId;
}
const nodes = await openapiTS(document, { alphabetize: true, defaultNonNullable: false });
const header = "// Generated from docs/openapi.json by `npm run codegen`. Do not edit.\n\n";
await writeFile(target, header + astToString(nodes));
