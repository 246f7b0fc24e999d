import { expect, test } from "vitest";
import { phrases } from "./phrases";

test("a word of two characters stays whole, and no part begins with a comma", () => {
  const parts = phrases("后山开裂，请立即撤离（3组）", "zh-CN");
  expect(parts.join("")).toBe("后山开裂，请立即撤离（3组）");
  expect(parts.some((part) => part.includes("开裂"))).toBe(true);
  expect(parts.filter((part) => /^[，）。、！]/u.test(part))).toEqual([]);
  expect(parts.filter((part) => /[（【]$/u.test(part))).toEqual([]);
});
