// The register's own page: coverage down to the door, spreadsheets, tags, who left, the audit; each for whom it is theirs.
import { effect, signal } from "@preact/signals";
import { render } from "preact";
import { AuditList, auditing } from "../audit/audit-list";
import { Callups } from "../callups/callups";
import { ringForCallups } from "../callups/ring";
import { loadGrids } from "../grids/store";
import { Imports } from "../imports/imports";
import { readImports } from "../imports/upload";
import { Code } from "../people/code";
import { Drill, lookAgain } from "../people/drill";
import { begin, session } from "../realtime/store";
import { FormerList, readFormer } from "../register/former";
import { TagList } from "../tags/tag-list";
import { Demo, LanguageSwitch, SignOut } from "../ui/parts";
import { type Key, say } from "../words";
import { sendWhatWaits, unsent } from "./unsent";
import "../ui/tokens.css";
import "./register.css";

const FIELD = ["commander", "township_head", "officer", "auxiliary"];
const TABS: [Key, string[]][] = [
  ["coverageTitle", [...FIELD, "planner"]], ["importTitle", ["commander", "township_head", "officer"]], ["tagsTitle", [...FIELD, "planner"]],
  ["formerTitle", FIELD], ["auditTitle", ["auditor"]],
];
const FACE: Record<string, string> = { commander: "/plan", planner: "/plan", township_head: "/tablet", officer: "/tablet", auxiliary: "/tablet" };
const tab = signal<Key | null>(null);

effect(() => {
  const role = session.value?.user.role ?? "";
  const mine = TABS.filter(([, roles]) => roles.includes(role)).map(([name]) => name);
  if (!tab.value || !mine.includes(tab.value)) tab.value = mine[0] ?? null;
});
effect(() => void (auditing.value = tab.value === "auditTitle"));
effect(() => {
  if (tab.value === "importTitle") void readImports();
  if (tab.value === "formerTitle") void readFormer();
  if (tab.value === "coverageTitle") lookAgain();
});

function Register() {
  const role = session.value?.user.role ?? "";
  const back = FACE[role];
  return (
    <main class="register">
      <header>
        {back && <a class="quiet" href={back}>‹ {say("back")}</a>}
        <h1>{say("registerTitle")}</h1>
        <Demo shown={session.value?.demo ?? false} />
        <span class="who">{session.value?.user.name}</span>
        <LanguageSwitch />
        <SignOut unsent={unsent.value} />
      </header>
      <nav aria-label={say("registerTitle")}>{TABS.filter(([, roles]) => roles.includes(role)).map(([name]) => <button key={name} type="button" class={tab.value === name ? "chosen" : ""} aria-current={tab.value === name} onClick={() => (tab.value = name)}>{say(name)}</button>)}</nav>
      <Callups />
      {tab.value === "coverageTitle" && <Drill />}
      {tab.value === "importTitle" && <Imports />}
      {tab.value === "tagsTitle" && <TagList />}
      {tab.value === "formerTitle" && <FormerList />}
      {tab.value === "auditTitle" && <AuditList />}
      <Code />
      {session.value && !tab.value && <p class="nothing">{say("registerNothing")}</p>}
    </main>
  );
}

sendWhatWaits();
void begin(() => session.value?.user.role !== "auditor"); // a call-up rings here, too: whoever files papers is no less on duty
ringForCallups();
void loadGrids();
render(<Register />, document.getElementById("face") as HTMLElement);
