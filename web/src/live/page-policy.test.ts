import { afterEach, expect, test } from "vitest";
import { allowStyles } from "./page-policy";

const { setAttribute } = Element.prototype;

afterEach(() => {
  Element.prototype.setAttribute = setAttribute;
});

test("style elements carry the nonce of the page, and nothing else does", () => {
  const page = signed();
  allowStyles(page);
  expect(page.createElement("style").nonce).toBe("abc");
  expect(page.createElement("script").nonce || "").toBe("");
});

test("a page without a nonce is left alone", () => {
  const page = document.implementation.createHTMLDocument();
  const create = page.createElement;
  allowStyles(page);
  expect(page.createElement).toBe(create);
  expect(Element.prototype.setAttribute).toBe(setAttribute);
});

function signed(): Document {
  const page = document.implementation.createHTMLDocument();
  const meta = page.createElement("meta");
  meta.setAttribute("property", "csp-nonce");
  meta.nonce = "abc";
  page.head.append(meta);
  return page;
}
