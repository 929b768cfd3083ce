// A button beside a code that puts it where one can paste it from. Reading the code needs no script.

for (const button of document.querySelectorAll("[data-copy]")) {
  const done = button.parentElement.querySelector("[data-done]");
  button.hidden = false;
  button.addEventListener("click", async () => {
    const copied = await copy(button.dataset.copy, button.parentElement.querySelector(".code"));
    done.textContent = "";
    if (copied) setTimeout(() => { done.textContent = done.dataset.done; }, 50);
  });
}

async function copy(text, shown) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Without HTTPS, or in the browser inside another program: what is selected can still be copied.
    getSelection().selectAllChildren(shown);
    return document.execCommand("copy");
  }
}
