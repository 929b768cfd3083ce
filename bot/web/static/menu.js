// @ts-check
// The menu, and signing out.

import { sendText } from "./composer.js";
import { byId } from "./elements.js";
import { leave } from "./leaving.js";
import { announce, note } from "./notices.js";
import { headers, say } from "./settings.js";
import * as shelf from "./shelf.js";

const UNAUTHORIZED = 401;

const menu = byId("menu", HTMLDialogElement), sure = byId("sure", HTMLDialogElement);

for (const dialog of document.querySelectorAll("dialog")) {
  // A tap beside a dialog lands on the dialog itself.
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
}
byId("menu-open").addEventListener("click", () => menu.showModal());
menu.addEventListener("click", (event) => {
  const chosen = event.target instanceof Element ? event.target.closest("button") : null;
  if (!chosen) return;
  menu.close();
  if (chosen.dataset.say) sendText(chosen.dataset.say);
  if (chosen.id === "signout") {
    sure.returnValue = "no";
    sure.showModal();
  }
});
sure.addEventListener("close", async () => {
  if (sure.returnValue !== "yes") return;
  try {
    const answer = await fetch("signout", { method: "POST", headers });
    if (!answer.ok && answer.status !== UNAUTHORIZED) throw new Error(String(answer.status));
  } catch {
    note(say("still_in"));
    announce(say("still_in"));
    return;
  }
  shelf.clear();
  leave();
});
