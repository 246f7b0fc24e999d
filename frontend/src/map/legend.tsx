// What the map's colours say: who can be reached, or, while somebody is missing, where from.
import { colouredByEvacuation, missingByGroup } from "../broadcasts/store";
import { say } from "../words";

const COVERAGE = ["<20%", "20–40", "40–60", "60–80", "≥80%"];
const MISSING = ["0", "<25%", "25–50", "50–75", "≥75%"];

export function Legend() {
  const missing = missingByGroup.value.size > 0;
  const steps = missing ? MISSING.map((words, n) => [`--missing-${n}`, words] as const) : COVERAGE.map((words, n) => [`--coverage-${n + 1}`, words] as const);
  return (
    <div class="legend" data-testid="legend">
      <span class="legend-name">{say(!missing ? "coverageLegend" : colouredByEvacuation.value ? "missingLegend" : "unseenLegend")}</span>
      {steps.map(([step, words]) => <span key={step} class="legend-step"><i ref={(box) => void (box && (box.style.background = `var(${step})`))} />{words}</span>)}
      <span class="legend-step"><i class="legend-nobody" />{say("nobodyLegend")}</span>
    </div>
  );
}
