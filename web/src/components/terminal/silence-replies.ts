import type { Terminal } from "@xterm/xterm";

/**
 * Keeps xterm.js from answering what programs ask a terminal. The kernel's own model answers, once,
 * whether no client or ten are attached; what a client adds would arrive as typed text.
 */
export function silenceReplies(terminal: Terminal): void {
  const { parser } = terminal;
  const handled = () => true;
  // Device attributes, status reports, mode requests, version.
  parser.registerCsiHandler({ final: "c" }, handled);
  parser.registerCsiHandler({ prefix: ">", final: "c" }, handled);
  parser.registerCsiHandler({ prefix: "=", final: "c" }, handled);
  parser.registerCsiHandler({ final: "n" }, handled);
  parser.registerCsiHandler({ prefix: "?", final: "n" }, handled);
  parser.registerCsiHandler({ intermediates: "$", final: "p" }, handled);
  parser.registerCsiHandler({ prefix: "?", intermediates: "$", final: "p" }, handled);
  parser.registerCsiHandler({ prefix: ">", final: "q" }, handled);
  // Window reports; the title stack (22, 23) stays.
  parser.registerCsiHandler({ final: "t" }, (parameters) => {
    const first = parameters[0];
    return typeof first === "number" && first !== 22 && first !== 23;
  });
  // Settings and colours that are asked for, not set.
  parser.registerDcsHandler({ intermediates: "$", final: "q" }, handled);
  parser.registerDcsHandler({ intermediates: "+", final: "q" }, handled);
  for (const code of [4, 10, 11, 12]) parser.registerOscHandler(code, (data) => data.endsWith("?"));
}
