export interface TerminalViewProps {
  workspaceId: string;
  /** Name of the terminal; `dev-server` shows the dev server's output. */
  name: string;
  /** Whether it is on screen; a hidden terminal stays attached and is not measured. */
  active: boolean;
  /** Input is refused by the kernel anyway; this also hides what invites it. */
  readOnly?: boolean;
}

/**
 * One attached terminal, filling its parent. It is mounted only while the kernel lists the terminal in
 * `RuntimeState.terminals`; it never opens one by itself.
 */
export function TerminalView({ name }: TerminalViewProps) {
  return <div data-terminal={name} />;
}
