// @ts-check
// Fits the page into what the phone's keyboard leaves of the screen.

const viewport = window.visualViewport;

function fit() {
  // While somebody enlarges with two fingers the page keeps its size.
  if (!viewport || viewport.scale > 1.05) return;
  document.documentElement.style.setProperty("--height", `${viewport.height}px`);
  document.documentElement.style.setProperty("--top", `${viewport.offsetTop}px`);
}

if (viewport) {
  viewport.addEventListener("resize", fit);
  viewport.addEventListener("scroll", fit);
  fit();
}
