// Hocuspocus as it comes, without storage: `node hocuspocus.mjs DIRECTORY PORT`, where DIRECTORY has it in node_modules.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [directory, port] = process.argv.slice(2);
const found = createRequire(`${directory}/`).resolve("@hocuspocus/server");
const { Server } = await import(pathToFileURL(found).href);
await new Server({ address: "127.0.0.1", port: Number(port), quiet: true }).listen();
