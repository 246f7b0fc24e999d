// Why somebody looks at what is masked: three words that are written down; a free text would hold names.
import type { Key } from "../words";

export const REASONS = ["reasonVisit", "reasonUrgent", "reasonCorrect"] as const satisfies readonly Key[];
