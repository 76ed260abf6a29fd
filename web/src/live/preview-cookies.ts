/** Whether the scripts of an app can keep cookies in a frame of this page. */

/** A page that says nothing for this long is not asked again, in milliseconds. */
const ANSWER_MS = 20_000;

const answers = new Map<string, Promise<boolean | null>>();

/**
 * Asks a page of the preview's own, in a frame that nobody sees: only the browser knows which cookies it keeps
 * in frames. Once for each origin; null when nobody says.
 */
export function keepsScriptCookies(origin: string): Promise<boolean | null> {
  const known = answers.get(origin);
  if (known !== undefined) return known;
  const answer = ask(origin);
  answers.set(origin, answer);
  return answer;
}

function ask(origin: string): Promise<boolean | null> {
  return new Promise((done) => {
    const frame = document.createElement("iframe");
    const end = (kept: boolean | null) => {
      clearTimeout(timer);
      removeEventListener("message", heard);
      frame.remove();
      done(kept);
    };
    const heard = (event: MessageEvent<unknown>) => {
      if (event.source !== frame.contentWindow || event.origin !== origin) return;
      const kept = keptOf(event.data);
      if (kept !== null) end(kept);
    };
    const timer = setTimeout(() => end(null), ANSWER_MS);
    addEventListener("message", heard);
    frame.hidden = true;
    frame.title = "Looks which cookies are kept";
    frame.setAttribute("sandbox", "allow-scripts allow-same-origin");
    frame.src = `${origin}/.stead/cookies`;
    document.body.append(frame);
  });
}

function keptOf(data: unknown): boolean | null {
  const isAnswer =
    typeof data === "object" && data !== null && "type" in data && data.type === "stead-preview-cookies";
  return isAnswer && "kept" in data && typeof data.kept === "boolean" ? data.kept : null;
}
