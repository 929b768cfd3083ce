// @ts-check
// Photos and files: chosen, taken, pasted or dropped.

import { box } from "./composer.js";
import { byId } from "./elements.js";
import { note } from "./notices.js";
import { newKey, push, queue } from "./outgoing.js";
import { goToEnd } from "./scrolling.js";
import { say, settings } from "./settings.js";

const MEGABYTE = 1_048_576;

const chat = byId("chat");

/** @param {Iterable<File>} files */
function send(files) {
  const album = newKey();
  let refusal = "";
  for (const file of files) {
    if (file.size <= settings.max_upload_bytes) push({ file, album });
    else refusal = say("too_big", { name: file.name, limit: Math.floor(settings.max_upload_bytes / MEGABYTE) });
  }
  if (refusal) note(refusal);
  goToEnd();
}

for (const id of ["files", "camera"]) {
  const input = byId(id, HTMLInputElement);
  input.addEventListener("change", () => {
    const files = [...(input.files ?? [])];
    input.value = "";
    send(files);
  });
  byId(`${id}-open`).addEventListener("click", () => input.click());
}
box.addEventListener("paste", (event) => {
  const files = [...(event.clipboardData?.files ?? [])];
  if (!files.length) return;
  event.preventDefault();
  send(files);
});
chat.addEventListener("dragover", (event) => {
  if (!event.dataTransfer?.types.includes("Files")) return;
  event.preventDefault();
  chat.classList.add("dropping");
});
chat.addEventListener("dragleave", (event) => { if (!event.relatedTarget) chat.classList.remove("dropping"); });
chat.addEventListener("drop", (event) => {
  chat.classList.remove("dropping");
  if (!event.dataTransfer?.files.length) return;
  event.preventDefault();
  send([...event.dataTransfer.files]);
});
addEventListener("beforeunload", (event) => {
  if (!queue.hasFiles()) return;
  event.preventDefault();
  // Browsers before 2023 ask only when this is set; none shows the words any more.
  event.returnValue = say("upload_lost");
});
