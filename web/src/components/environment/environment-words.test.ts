import { describe, expect, it } from "vitest";
import type { Variable } from "../../api/environment";
import type { RuntimeState } from "../../api/types";
import { behind, isOverruled, list, nameTrouble, usesText } from "./environment-words";

describe("words about variables", () => {
  it("says who is given one", () => {
    expect(usesText("ws_1", ["terminals", "dev_server", "agents", "setup"])).toBe(
      "everything that starts here",
    );
    expect(usesText("ws_1", ["terminals", "agents"])).toBe("terminals and agents");
    expect(usesText(null, ["terminals", "dev_server", "agents", "setup"])).toBe("terminals and agents");
    expect(usesText(null, ["setup"])).toBe("nothing");
    expect(list(["a", "b", "c"])).toBe("a, b and c");
  });

  it("explains bad names", () => {
    expect(nameTrouble("API_KEY")).toBeUndefined();
    expect(nameTrouble("")).toBeUndefined();
    expect(nameTrouble("1A")).toContain("digit");
    expect(nameTrouble("A B")).toContain("spaces");
    expect(nameTrouble("A-B")).toContain("“-”");
    expect(nameTrouble("A".repeat(129))).toContain("128");
  });

  it("knows when a person's own one wins", () => {
    const variable = (uses: Variable["uses"]): Variable => ({
      name: "KEY",
      kind: "secret",
      value: null,
      uses,
      updated_at_ms: 1,
      updated_by: null,
    });
    expect(isOverruled(variable(["terminals"]), [variable(["terminals"])])).toBe(true);
    expect(isOverruled(variable(["dev_server"]), [variable(["terminals", "dev_server"])])).toBe(false);
    expect(isOverruled(variable(["terminals"]), [])).toBe(false);
  });

  it("tells what runs with the values of before", () => {
    const terminal = (name: string, kind: string, created_at_ms: number) => ({ name, kind, created_at_ms });
    const runtime = {
      dev_server: { status: "ready", started_at_ms: 5 },
      terminals: [
        terminal("main", "shell", 5),
        terminal("two", "shell", 15),
        terminal("dev", "dev_server", 5),
      ],
    } as unknown as RuntimeState;
    expect(behind(runtime, 10)).toEqual({ devServer: true, terminals: ["main"] });
    expect(behind(runtime, 4)).toEqual({ devServer: false, terminals: [] });
  });
});
