/** Words that a grandmother does not know, and what to write instead; Chinese, as the messages are. */
export const PLAINER: Record<string, string> = {
  强降水: "大雨", 强降雨: "大雨", 短时强降水: "一阵大暴雨", 次生灾害: "滑坡、塌方等", 地质灾害: "滑坡、泥石流", 避险转移: "离开，到安全的地方去", 转移安置: "到安置点去住", 撤离转移: "马上离开",
  临灾: "马上要出事的", 汛情: "河水情况", 险情: "危险", 警戒水位: "危险水位", 泄洪: "水库放水", 塌陷: "地往下陷", 管制: "不让通行", 绕行: "走别的路", 启动应急响应: "开始防灾", 应急响应: "防灾安排", 研判: "估计", 处置: "处理", 值守: "守着",
};
