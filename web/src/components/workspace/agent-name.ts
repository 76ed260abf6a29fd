/** Longest name of a terminal. */
const LENGTH_MAX = 32;

export function isAgentName(name: string): boolean {
  return /^[a-z][a-z0-9-]{0,31}$/.test(name);
}

/** What an agent is called after its command line, unlike the terminals that there are. */
export function agentName(line: string, taken: string[]): string {
  const words = line.trim().split(/\s+/);
  const program = words.find((it) => !it.includes("=")) ?? "";
  const plain = (program.split("/").at(-1) ?? "").toLowerCase().replace(/[^a-z0-9]+/g, "-");
  const base = plain.replace(/^[^a-z]+|-+$/g, "").slice(0, LENGTH_MAX - 4) || "agent";
  let name = base;
  for (let number = 2; taken.includes(name); number++) name = `${base}-${number}`;
  return name;
}
