// @ts-check
// The button beside a code that copies it. Reading the code needs no script.

const DONE_DELAY_MS = 50;

for (const button of document.querySelectorAll(/** @type {"button"} */ ("[data-copy]"))) {
  const row = button.parentElement;
  const code = row?.querySelector(".code"), done = row?.querySelector(/** @type {"span"} */ ("[data-done]"));
  if (!code || !done) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const isCopied = await copy(button.dataset.copy ?? "", code);
    done.textContent = "";
    // Set at once, the same words as before would not be read out again.
    if (isCopied) setTimeout(() => { done.textContent = done.dataset.done ?? ""; }, DONE_DELAY_MS);
  });
}

/** @param {string} text @param {Element} code the element that shows it */
async function copy(text, code) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Without HTTPS, or in the browser inside another program: what is selected can still be copied.
    getSelection()?.selectAllChildren(code);
    return document.execCommand("copy");
  }
}
