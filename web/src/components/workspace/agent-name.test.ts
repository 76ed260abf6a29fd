import { describe, expect, it } from "vitest";
import { agentName, isAgentName } from "./agent-name";

describe("agentName", () => {
  it.each([
    ["claude", [], "claude"],
    ["  /usr/local/bin/Codex --full-auto", [], "codex"],
    ["KEY=1 gemini", [], "gemini"],
    ["claude", ["claude", "claude-2"], "claude-3"],
    ["./9.sh", [], "sh"],
    ["", [], "agent"],
    ["ä", [], "agent"],
    [`${"x".repeat(80)}`, [], "x".repeat(28)],
  ])("calls %j beside %j %s", (line, taken, name) => {
    expect(agentName(line, taken)).toBe(name);
    expect(isAgentName(name)).toBe(true);
  });
});
