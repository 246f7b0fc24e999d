import { expect, test } from "vitest";
import { hintsFor } from "./plain";

const keys = (headline: string, description = "", instruction = "") => hintsFor({ headline, description, instruction }).map((hint) => hint.key);

test("plain words get no hint", () => {
  expect(keys("后山要滑坡，快走", "山上裂了大口子。", "往东走到学校操场。")).toEqual([]);
});

test("a long headline, a long sentence and a word of the trade are named", () => {
  expect(keys("受持续强降水影响本县部分乡镇发生地质灾害风险较高请注意防范")).toContain("plainHeadline");
  expect(keys("快走", "请各位居民在接到本通知之后立即按照村干部的统一安排有序离开现在的住处前往安置点并保持电话畅通")).toEqual(["plainSentence"]);
  expect(hintsFor({ headline: "快走", description: "有短时强降水。", instruction: "" })).toEqual([{ key: "plainTerm", values: { term: "短时强降水", plainer: "一阵大暴雨" } }]);
});
