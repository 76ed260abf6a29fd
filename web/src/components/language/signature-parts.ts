/** Which part of a function's head is typed. */
import type { LspSignature, LspSignatureHelp } from "../../live/language/lsp";

export function chosen(help: LspSignatureHelp): LspSignature | undefined {
  return help.signatures[help.activeSignature ?? 0] ?? help.signatures[0];
}

export function indexOf(help: LspSignatureHelp, signature: LspSignature): number {
  return signature.activeParameter ?? help.activeParameter ?? 0;
}

/** Where the argument is in the label. */
export function spanOf({ label, parameters = [] }: LspSignature, index: number): [number, number] {
  const parameter = parameters[index];
  if (parameter === undefined) return [0, 0];
  if (typeof parameter.label !== "string") return parameter.label;
  // The name of the function may contain the parameter's.
  const from = label.indexOf(parameter.label, label.indexOf("(") + 1);
  return from < 0 ? [0, 0] : [from, from + parameter.label.length];
}

/** The argument that is typed, in words for those who do not see the card. */
export function activeParameter(help: LspSignatureHelp): string {
  const signature = chosen(help);
  if (signature === undefined) return "";
  return signature.label.slice(...spanOf(signature, indexOf(help, signature)));
}
